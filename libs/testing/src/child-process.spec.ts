import { afterEach, describe, expect, it } from 'vitest';
import { expectNoProcessLeft, launch } from './child-process.js';

afterEach(expectNoProcessLeft);

describe('launched processes', () => {
  it('give the first accepted line, the whole output and the exit status', async () => {
    const shell = await launch({
      command: 'sh',
      args: ['-c', 'echo one; echo two >&2; read line; echo $line; exit 3'],
    });
    await expect(shell.waitForLine('two', (line) => (line === 'two' ? line : undefined))).resolves.toBe(
      'two',
    );
    shell.write('three\n', { end: true });
    await expect(shell.ended).resolves.toEqual({ code: 3, signal: null });
    expect(shell.stdout).toBe('one\nthree\n');
  });

  it('fail with their output when they end before the line', async () => {
    const shell = await launch({ command: 'sh', args: ['-c', 'echo broken setting >&2; exit 1'] });
    await expect(shell.waitForLine('readiness', () => undefined)).rejects.toThrow(
      /ended before.*broken setting/s,
    );
  });

  it('are killed when a polite end is not enough', async () => {
    const shell = await launch({
      command: 'sh',
      args: ['-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'],
    });
    await shell.waitForLine('start', (line) => line === 'up' || undefined);
    await expect(shell.stop(100)).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('are reported and ended when a test leaves them', async () => {
    const shell = await launch({ command: 'sleep', args: ['60'] });
    await expect(expectNoProcessLeft()).rejects.toThrow(`sleep (${shell.pid})`);
    expect(shell.hasEnded).toBe(true);
  });

  it('cannot be started from a missing command', async () => {
    await expect(launch({ command: '/nonexistent/program' })).rejects.toThrow('ENOENT');
  });
});
