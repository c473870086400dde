import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError } from '@sallyport/kernel';

const run = promisify(execFile);

/** Who a process runs as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user made for the database when the program was started as root: PostgreSQL refuses to run as root. */
const OWN_USER = 'sallyport-pg';
/** What Debian's own PostgreSQL runs as; taken where no user can be made. */
const STOCK_USER = 'postgres';

/** Whether the program was started as root, and so the database must run as somebody else. */
export const isRoot = (): boolean => process.getuid?.() === 0;

async function findUser(name: string): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function createUser(name: string): Promise<SystemUser | undefined> {
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  // Fails as well when another process has just made it; then it is found.
  await run('useradd', [...options, '--shell', '/usr/sbin/nologin', name]).catch(() => undefined);
  return findUser(name);
}

/**
 * The user that the database runs as when the program was started as root; made when absent.
 * @throws AppError `INVALID_ARGUMENT` where there is none and none can be made
 */
export async function databaseUser(): Promise<SystemUser> {
  const user = (await findUser(OWN_USER)) ?? (await createUser(OWN_USER)) ?? (await findUser(STOCK_USER));
  if (user) return user;
  throw new AppError(
    'INVALID_ARGUMENT',
    `The embedded database does not run as root and user ${OWN_USER} cannot be made: create it, or set DATABASE_URL.`,
  );
}
