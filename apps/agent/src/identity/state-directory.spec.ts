import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningMark } from './running-mark.js';
import { StateDirectory, type Registered } from './state-directory.js';

const REGISTERED: Registered = {
  identity: {
    server: 'https://host:8443',
    region: 'local',
    instanceId: 'mi-1',
    machineId: 'm',
    user: 'deploy',
  },
  privateKeyPem: 'KEY',
};
let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'sallyport-agent-state-')), 'below', 'state');
});

afterEach(() => rmSync(join(path, '..', '..'), { recursive: true, force: true }));

describe('StateDirectory', () => {
  it('gives back what was saved, until it is cleared', () => {
    const state = new StateDirectory(path);
    expect(state.load()).toBeUndefined();
    state.prepare();
    state.save(REGISTERED);
    expect(new StateDirectory(path).load()).toEqual(REGISTERED);
    state.clear();
    expect(state.load()).toBeUndefined();
    expect(readdirSync(path)).toEqual([]);
  });

  it('keeps everything from other users', () => {
    const state = new StateDirectory(path);
    state.prepare();
    state.save(REGISTERED);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
  });

  it('tells a registration that is damaged from none', () => {
    const state = new StateDirectory(path);
    state.prepare();
    expect(() => state.require()).toThrow('no agent is registered');
    for (const text of ['', 'null', '[]', '{"server":1}', '{"server":"https://host","region":"local"}']) {
      writeFileSync(join(path, 'identity.json'), text);
      expect(() => state.load()).toThrow('damaged');
    }
  });

  it('wants the key as well as the identity', () => {
    const state = new StateDirectory(path);
    state.prepare();
    state.save(REGISTERED);
    rmSync(join(path, 'private-key.pem'));
    expect(() => state.load()).toThrow('damaged');
  });

  it('says which directory cannot be used', () => {
    const state = new StateDirectory('/dev/null/state');
    expect(() => state.prepare()).toThrow('/dev/null/state cannot be used');
  });
});

describe('RunningMark', () => {
  beforeEach(() => new StateDirectory(path).prepare());

  it('names the process that runs the agent, until it is released', () => {
    const mark = new RunningMark(path);
    expect(mark.pid).toBeUndefined();
    mark.claim();
    expect(new RunningMark(path).pid).toBe(process.pid);
    mark.release();
    expect(mark.pid).toBeUndefined();
  });

  it('is refused while another process has it', () => {
    const mark = new RunningMark(path);
    mark.claim();
    const stat = { pid: process.ppid, startTicks: startTicksOf(process.ppid) };
    writeFileSync(join(path, 'running.json'), JSON.stringify(stat));
    expect(() => mark.claim()).toThrow(`as process ${process.ppid}`);
  });

  it('does not take a later process for the one that left it', () => {
    const mark = new RunningMark(path);
    writeFileSync(join(path, 'running.json'), JSON.stringify({ pid: process.ppid, startTicks: '1' }));
    expect(mark.pid).toBeUndefined();
    mark.claim();
    expect(mark.pid).toBe(process.pid);
  });
});

function startTicksOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
