import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profilePath, readProfiles, writeProfiles } from './profiles.js';

const FILE = {
  current: 'a',
  profiles: { a: { endpoint: 'http://a', accessKeyId: 'id', accessKeySecret: 'secret', region: 'r' } },
};

describe('profiles', () => {
  let homeDir: string;
  beforeEach(async () => {
    homeDir = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  });
  afterEach(() => rm(homeDir, { recursive: true }));

  it('are none without a file', async () => {
    expect(await readProfiles(homeDir)).toEqual({ current: 'default', profiles: {} });
  });

  it('come back as they were written', async () => {
    await writeProfiles(homeDir, FILE);
    expect(await readProfiles(homeDir)).toEqual(FILE);
  });

  it('are readable by their owner only, also when the file was not', async () => {
    const path = profilePath(homeDir);
    await mkdir(dirname(path));
    await writeFile(path, '{}', { mode: 0o644 });
    await writeProfiles(homeDir, FILE);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(path))).toEqual(['config.json']);
  });

  it('make their directory for their owner only', async () => {
    await writeProfiles(homeDir, FILE);
    expect((await stat(dirname(profilePath(homeDir)))).mode & 0o777).toBe(0o700);
  });

  it.each(['', '[]', '{"profiles":{"a":{}}}'])('are refused when the file says %j', async (text) => {
    const path = profilePath(homeDir);
    await mkdir(dirname(path));
    await writeFile(path, text);
    await expect(readProfiles(homeDir)).rejects.toThrow(`${path} is not a profile file of sallyport`);
  });
});
