import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataDir, writeSecretFile } from './data-dir.js';

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const privateMode = process.getuid?.() === 0 ? 0o711 : 0o700;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-data-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('prepareDataDir', () => {
  it('makes the directory and those above it, closed to others', async () => {
    await prepareDataDir(join(root, 'a/b'));
    expect(await modeOf(join(root, 'a/b'))).toBe(privateMode);
  });

  it('closes a directory that was open, and keeps what is in it', async () => {
    await writeFile(join(root, 'kept'), 'x');
    await chmod(root, 0o755);
    await prepareDataDir(root);
    expect(await modeOf(root)).toBe(privateMode);
    expect(await readFile(join(root, 'kept'), 'utf8')).toBe('x');
  });

  it('names the setting when a file is in the way', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(prepareDataDir(join(root, 'file'))).rejects.toThrow(/^SALLYPORT_DATA_DIR: .*\(EEXIST\)$/);
    await expect(prepareDataDir(join(root, 'file/below'))).rejects.toThrow(
      /^SALLYPORT_DATA_DIR: .*\(ENOTDIR\)$/,
    );
  });

  it('names the setting when nobody can write there', async () => {
    await expect(prepareDataDir('/proc/sallyport')).rejects.toThrow(/^SALLYPORT_DATA_DIR: /);
  });

  it('does not close a directory that all users share', async () => {
    const shared = join(root, 'shared');
    await mkdir(shared);
    await chmod(shared, 0o1777);
    await expect(prepareDataDir(shared)).rejects.toThrow(/^SALLYPORT_DATA_DIR: /);
    expect(await modeOf(shared)).toBe(0o777);
  });
});

describe('writeSecretFile', () => {
  it('writes a file, and its directory, that only the owner reads', async () => {
    await writeSecretFile(join(root, 'keys/a.key'), 'one');
    expect([await modeOf(join(root, 'keys')), await modeOf(join(root, 'keys/a.key'))]).toEqual([
      0o700, 0o600,
    ]);
  });

  it('replaces what was there and leaves no draft', async () => {
    const file = join(root, 'a.key');
    await writeFile(file, 'old', { mode: 0o644 });
    await writeSecretFile(file, 'new');
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['new', 0o600]);
    expect(await readdir(root)).toEqual(['a.key']);
  });

  it('leaves no draft when it fails', async () => {
    await mkdir(join(root, 'a.key'));
    await expect(writeSecretFile(join(root, 'a.key'), 'new')).rejects.toThrow();
    expect(await readdir(root)).toEqual(['a.key']);
  });
});
