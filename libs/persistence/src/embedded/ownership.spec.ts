import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeOwnership } from './ownership.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sallyport-owner-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

describe('ownership', () => {
  it('is refused while its owner lives, and given after it was released', async () => {
    const release = await takeOwnership(home);
    const message = expect.stringContaining(`process ${process.pid}`) as string;
    await expect(takeOwnership(home)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
    await release();
    await expect(takeOwnership(home)).resolves.toBeTypeOf('function');
  });

  it.each([
    ['a process that is gone', '4194305 1'],
    ['a process whose number another one has now', `${process.pid} 1`],
    ['nobody that can be read', 'garbage'],
  ])('is taken over from %s', async (_who, text) => {
    writeFileSync(join(home, 'owner'), text);
    await takeOwnership(home);
    expect(readFileSync(join(home, 'owner'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  });
});
