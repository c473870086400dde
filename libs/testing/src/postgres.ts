import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.js';
import { until } from './until.js';

const run = promisify(execFile);
const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** A stock PostgreSQL server for tests. */
export interface TestPostgres {
  /** Makes an empty database. @returns its `postgresql://` address */
  createDatabase(): Promise<string>;
  /** Drops the databases that were made; ends the server when it was started here. */
  stop(): Promise<void>;
}

/** Server that runs already, or was started here. */
interface Server {
  readonly url: string;
  end(): Promise<void>;
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

function debianFolders(): readonly string[] {
  try {
    const versions = readdirSync(DEBIAN_FOLDER).map(Number).filter(Number.isFinite);
    return versions.sort((a, b) => b - a).map((version) => join(DEBIAN_FOLDER, String(version), 'bin'));
  } catch {
    return [];
  }
}

/** Folder with `initdb` and `postgres`: on PATH, or where Debian has them. */
function findPrograms(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...debianFolders()];
  const found = folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => isProgram(join(folder, name))),
  );
  if (found !== undefined) return found;
  throw new Error('no PostgreSQL for the tests: install Debian package postgresql, or set DATABASE_URL');
}

/** PostgreSQL refuses to run as root: then it is Debian's user for it that runs the server. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function endServer(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

async function startServer(): Promise<Server> {
  const programs = findPrograms();
  const user = await serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...user };
  // Loopback only, and gone after the tests: no password, no durability.
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'tests', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    options,
  );
  const port = await freePort();
  const settings = [
    '-c',
    'fsync=off',
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${folder}`,
  ];
  const child = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...options,
    stdio: 'ignore',
  });
  return { url: `postgresql://tests@127.0.0.1:${port}/postgres`, end: () => endServer(child, folder) };
}

/** Runs one statement on a connection of its own. @returns its rows */
export async function queryPostgres(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * The server at `DATABASE_URL` when that is set, else one started from the programs of this machine.
 * @throws Error when there is neither: a run without PostgreSQL fails, it does not skip
 */
export async function launchPostgres(): Promise<TestPostgres> {
  const given = process.env['DATABASE_URL'];
  const server = given ? { url: given, end: () => Promise.resolve() } : await startServer();
  await until('PostgreSQL to answer', () => queryPostgres(server.url, 'SELECT 1'), 20_000);
  const made: string[] = [];
  return {
    async createDatabase() {
      const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
      await queryPostgres(server.url, `CREATE DATABASE ${name}`);
      made.push(name);
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    },
    async stop() {
      for (const name of made.splice(0))
        await queryPostgres(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}
