import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSecretFile } from './data-dir.js';
import { MASTER_KEY_BYTES, readMasterKey } from './environment.js';
import { SettingsError, systemErrorCode } from './settings-error.js';
import type { Settings } from './settings.js';

/**
 * The key that seals secrets at rest: the setting, else `<dataDir>/master.key` (base64), made at the first start. A
 * database that others may share is never given a key of this node's own making.
 * @returns 32 bytes
 * @throws SettingsError naming `SALLYPORT_MASTER_KEY`: absent with `DATABASE_URL`, or its file cannot be used
 */
export async function loadMasterKey(
  settings: Pick<Settings, 'masterKey' | 'dataDir' | 'database'>,
): Promise<Uint8Array> {
  if (settings.masterKey) return settings.masterKey;
  const file = join(settings.dataDir, 'master.key');
  const kept = await readKept(file);
  if (kept) return kept;
  if (settings.database.url !== undefined)
    throw new SettingsError([
      'SALLYPORT_MASTER_KEY: needed with DATABASE_URL, or master.key in the data directory',
    ]);
  const made = randomBytes(MASTER_KEY_BYTES);
  await writeSecretFile(file, `${made.toString('base64')}\n`);
  return made;
}

async function readKept(file: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw new SettingsError(
      [`SALLYPORT_MASTER_KEY: master.key in the data directory cannot be read (${systemErrorCode(cause)})`],
      { cause },
    );
  }
  const key = readMasterKey(text.trim());
  if (!key)
    throw new SettingsError([
      'SALLYPORT_MASTER_KEY: master.key in the data directory is no 32 bytes in base64',
    ]);
  return key;
}
