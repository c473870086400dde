import { randomUUID } from 'node:crypto';
import { access, chmod, constants, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SettingsError, systemErrorCode } from './settings-error.js';

/** Root's database runs as a user of its own, who must be able to pass through. */
const MODE_OF_ROOT = 0o711;
const MODE = 0o700;
const STICKY = 0o1000;

/**
 * Makes the data directory where it is absent and closes it to others; one that exists keeps what is in it.
 * @param dataDir absolute path
 * @throws SettingsError naming `SALLYPORT_DATA_DIR`: it cannot be made, closed or written to, or is shared by everyone
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const mode = process.getuid?.() === 0 ? MODE_OF_ROOT : MODE;
  try {
    await makeDirectories(dataDir, mode);
    const found = await stat(dataDir);
    // Closing /tmp to everyone else would break the machine.
    if (found.mode & STICKY)
      throw new SettingsError(['SALLYPORT_DATA_DIR: is a directory shared by all users; name one below it']);
    if ((found.mode & 0o777) !== mode) await chmod(dataDir, mode);
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    throw new SettingsError([`SALLYPORT_DATA_DIR: cannot be made and used (${systemErrorCode(cause)})`], {
      cause,
    });
  }
}

/** As `mkdir` with `recursive`, which never returns where a file system denies knowing its own root (/proc). */
async function makeDirectories(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path || (await exists(dirname(path)))) throw error;
    await makeDirectories(dirname(path), mode);
    await mkdir(path, { mode });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Writes a file that only this user reads (0600), making its directory (0700) where it is absent. A reader, or a start
 * after a crash, finds the old content or the new one, never a part.
 */
export async function writeSecretFile(path: string, content: string | Uint8Array): Promise<void> {
  await makeDirectories(dirname(path), MODE);
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
