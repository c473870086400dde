import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readlink, realpath, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sallyport/kernel';
import { copyBinaries, packagedBinaries, program, type Binaries } from './binaries.js';
import { canReach, canUse } from './reach.js';
import { databaseUser, isRoot, type SystemUser } from './system-user.js';

/** Where an embedded database lives, and as whom. */
export interface Place {
  /** The database's own folder, `<data>/pg` unless its user could not reach that; mode 0700. */
  readonly home: string;
  readonly binaries: Binaries;
  /** Undefined: as whoever runs this program. */
  readonly user: SystemUser | undefined;
}

/** Where a database and its programs go when its user cannot reach them: below root's home, usually. */
const SHARED_STATE = '/var/lib/sallyport';
/** Longest path of a Unix socket that every system takes. */
const SOCKET_PATH_BYTES = 100;
/** Name that PostgreSQL gives the socket of its default port; its lock file has `.lock` at the end. */
const SOCKET_NAME = '.s.PGSQL.5432';

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 16);

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function makeOwned(folder: string, user: SystemUser | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);
}

/** Makes `<data>/pg` where it is absent: in place, or as a link to a folder below `elsewhere`. */
async function makeHome(path: string, user: SystemUser, elsewhere: string | undefined): Promise<void> {
  const isLink = (await isThere(path)) && (await lstat(path)).isSymbolicLink();
  const target = isLink ? await readlink(path) : elsewhere && join(elsewhere, 'pg');
  if (target === undefined) return makeOwned(path, user);
  await mkdir(join(target, '..'), { recursive: true, mode: 0o711 });
  await makeOwned(target, user);
  if (!isLink) await symlink(target, path);
}

/** The user a database that exists belongs to; else the database's own user. */
async function ownerOf(path: string): Promise<SystemUser> {
  const found = await stat(path).catch(() => undefined);
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : databaseUser();
}

async function placeAsRoot(dataDir: string, packaged: Binaries): Promise<Place> {
  await mkdir(dataDir, { recursive: true });
  // The database's user passes through; every file in it is closed on its own.
  await chmod(dataDir, 0o711);
  const path = join(dataDir, 'pg');
  const user = await ownerOf(path);
  const runsPackaged =
    canUse(program(packaged, 'postgres'), user) && canUse(join(packaged.folder, 'lib'), user);
  const isShutOut = !(await isThere(path)) && !canReach(dataDir, user);
  await makeHome(path, user, isShutOut ? join(SHARED_STATE, hashOf(await realpath(dataDir))) : undefined);
  const home = await realpath(path);
  if (!canReach(home, user))
    throw new AppError('INVALID_ARGUMENT', `SALLYPORT_DATA_DIR: the owner of ${path} cannot reach it.`);
  return { home, user, binaries: runsPackaged ? packaged : await copyBinaries(packaged, SHARED_STATE) };
}

/**
 * Finds or makes the folder of the embedded database of `dataDir`. Started as root: owned by the database's own user,
 * and what that user cannot reach lies below `/var/lib/sallyport`: the folder in `<hash of the data directory>/pg`, the
 * programs in `postgres-<version>`.
 * @throws AppError `INVALID_ARGUMENT` when there is no user for it, or no program for this machine
 */
export async function findPlace(dataDir: string): Promise<Place> {
  const packaged = packagedBinaries();
  if (isRoot()) return placeAsRoot(dataDir, packaged);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await makeOwned(join(dataDir, 'pg'), undefined);
  return { home: await realpath(join(dataDir, 'pg')), binaries: packaged, user: undefined };
}

/**
 * A folder of mode 0700 for the database's socket: in its home, or, where that path would be too long for a socket,
 * below `/tmp`.
 */
export async function socketFolder({ home, user }: Place): Promise<string> {
  const inHome = join(home, 'run');
  const fits = Buffer.byteLength(join(inHome, SOCKET_NAME)) <= SOCKET_PATH_BYTES;
  const folder = fits ? inHome : join('/tmp', `sallyport-${hashOf(home)}`);
  await makeOwned(folder, user);
  const { uid } = await lstat(folder);
  if (uid !== (user?.uid ?? process.getuid?.()))
    throw new AppError('INVALID_ARGUMENT', `SALLYPORT_DATA_DIR: ${folder} belongs to somebody else.`);
  return folder;
}
