import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Child, DemoError } from './child.js';

describe('Child', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (script: string) =>
    new Child({ logFile: join(folder, 'x.log'), args: ['-e', script], env: process.env });
  const ready = (line: string): string | undefined => (line.startsWith('ready') ? line : undefined);

  it('waits for the line that is meant, and ends on request', async () => {
    const child = run("console.log('starting'); console.log('ready 7'); setInterval(() => {}, 1000);");
    expect(await child.waitForLine(ready, 20_000)).toBe('ready 7');
    await Promise.all([child.stop(), child.stop()]);
    expect(child.hasEnded).toBe(true);
    expect(await child.ended).toBeNull();
  });

  it('is sent one SIGTERM however often it is stopped', async () => {
    const child = run(
      "process.once('SIGTERM', () => setTimeout(() => process.exit(5), 50)); console.log('ready'); setInterval(() => {}, 1000);",
    );
    await child.waitForLine(ready, 20_000);
    await Promise.all([child.stop(), child.stop()]);
    expect(await child.ended).toBe(5);
  });

  it('tells the status of one that ended too early, its last lines, and where the log is', async () => {
    const child = run("console.log('one'); console.error('two'); process.exitCode = 3;");
    await expect(child.waitForLine(ready, 20_000)).rejects.toThrow('ended with status 3');
    const logFile = join(folder, 'x.log');
    const error = new DemoError('it broke', child, logFile);
    expect(error.message).toContain('it broke. The end of x.log:\n');
    expect(error.message).toContain('  one\n');
    expect(error.message).toContain(`Everything: ${logFile}`);
    expect(await readFile(logFile, 'utf8')).toContain('two\n');
  });

  it('gives up on a line that does not come', async () => {
    const child = run('setInterval(() => {}, 1000);');
    await expect(child.waitForLine(ready, 10)).rejects.toThrow('was not ready within 0.01 s');
    await child.stop();
  });
});
