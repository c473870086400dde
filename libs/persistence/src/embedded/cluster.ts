import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@sallyport/kernel';
import { program } from './binaries.js';
import type { Place } from './place.js';

const run = promisify(execFile);

/** The one role of the embedded database. */
export const ROLE = 'sallyport';

/** What every process of the database sees: fixed language and time, nothing of ours. */
export const DATABASE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };

/** Folder of the cluster itself. */
export const clusterFolder = ({ home }: Place): string => join(home, 'data');

/** The password of {@link ROLE}, kept beside the data with mode 0600; made at the first start. */
export async function readPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'pg.password');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    const password = randomBytes(24).toString('base64url');
    await writeFile(path, `${password}\n`, { mode: 0o600, flush: true });
    return password;
  }
}

async function initialise(place: Place, draft: string, password: string): Promise<void> {
  const { home, user, binaries } = place;
  const passwordFile = join(home, 'initial-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const options = ['--username', ROLE, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
  // The C locale: order by bytes, the same on every system.
  const form = ['--encoding', 'UTF8', '--locale', 'C', '--no-instructions'];
  try {
    const environment = { cwd: home, env: DATABASE_ENVIRONMENT, ...user };
    await run(program(binaries, 'initdb'), ['-D', draft, ...options, ...form], environment);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Makes the cluster unless it is there. Complete or absent, also after a crash on the way.
 * @throws AppError `INTERNAL` with what `initdb` said
 */
export async function ensureCluster(place: Place, password: string): Promise<void> {
  const cluster = clusterFolder(place);
  if (await stat(join(cluster, 'PG_VERSION')).catch(() => undefined)) return;
  const draft = `${cluster}.draft`;
  await rm(draft, { recursive: true, force: true });
  try {
    await initialise(place, draft, password);
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string };
    throw new AppError('INTERNAL', `The embedded database could not be made: ${stderr ?? message}`, {
      cause,
    });
  }
  await rename(draft, cluster);
}
