import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineId } from './machine-id.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-agent-machine-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

describe('machineId', () => {
  it('is the same each time, and not the id of the machine itself', () => {
    const source = file('a', '3d1219c7c4c5404aaa1f6d2a48adfda4\n');
    const id = machineId([source]);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(id).not.toBe('3d1219c7c4c5404aaa1f6d2a48adfda4');
    expect(machineId([file('b', '3d1219c7c4c5404aaa1f6d2a48adfda4')])).toBe(id);
  });

  it('comes from the first file that has one', () => {
    const [empty, full] = [file('a', ' \n'), file('b', 'id')];
    expect(machineId([join(directory, 'none'), empty, full])).toBe(machineId([full]));
  });

  it('is made up where the machine has none', () => {
    expect(machineId([])).toMatch(/^[0-9a-f]{32}$/);
    expect(machineId([])).not.toBe(machineId([]));
  });
});
