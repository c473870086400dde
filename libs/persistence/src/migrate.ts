import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AppError } from '@sallyport/kernel';
import pg from 'pg';
import { clientConfig, type Connection } from './connection.js';
import type { MigrateReply, MigrateRequest } from './migrate.child.js';
import { migrationsFolder, readMigrations, type Migration } from './migration-files.js';

/** Any number, the same on every node: whoever holds this advisory lock migrates. */
const LOCK_KEY = 7_265_190_118;
const LOCK_TIMEOUT_MS = 60_000;
/** `server_version_num` of PostgreSQL 15. */
const OLDEST_SERVER = 150_000;
const UNDEFINED_TABLE = '42P01';

interface HistoryRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
  /** 1 once the script has been committed, which comes just before `finished_at`. */
  readonly applied_steps_count: number;
  /** What the database said against the script; null when it did not come to that. */
  readonly logs: string | null;
}

const refuse = (reason: string, cause?: unknown): AppError =>
  new AppError('INVALID_ARGUMENT', reason, { cause });

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const version = Number(rows[0]?.server_version_num);
  if (!(version >= OLDEST_SERVER)) throw refuse('PostgreSQL 15 or later is needed');
}

/** Prisma's history table; empty when there is none. */
async function readHistory(client: pg.Client): Promise<readonly HistoryRow[]> {
  const sql = `SELECT migration_name, checksum, finished_at, applied_steps_count, logs
    FROM _prisma_migrations WHERE rolled_back_at IS NULL`;
  try {
    return (await client.query<HistoryRow>(sql)).rows;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** Whether a migration was under way when its process ended. A script is one transaction: it happened or it did not. */
const isInterrupted = ({ finished_at, logs }: HistoryRow): boolean => finished_at === null && !logs;

/** Whether every migration has been applied as it is now; later ones, of a newer release, do not matter. */
function isUpToDate(migrations: readonly Migration[], history: readonly HistoryRow[]): boolean {
  const rows = new Map(history.map((row) => [row.migration_name, row]));
  const [first] = migrations;
  if (first && rows.size > 0 && !rows.has(first.name))
    throw refuse('the database has the migration history of another program');
  for (const { name, checksum } of migrations) {
    const row = rows.get(name);
    if (!row) return false;
    if (isInterrupted(row)) return false;
    if (row.finished_at === null)
      throw refuse(`migration ${name} has failed and needs an operator: ${row.logs ?? ''}`);
    if (row.checksum !== checksum) throw refuse(`migration ${name} was changed after it had been applied`);
  }
  return true;
}

/** Arguments that let Node run the child: none for `dist`; from source, the loader of TypeScript. */
function loaderArguments(): readonly string[] {
  if (!import.meta.url.endsWith('.ts')) return [];
  const loader = createRequire(import.meta.url).resolve('tsx');
  return ['-C', 'source', '--import', pathToFileURL(loader).href];
}

/** Runs the schema engine in a process of its own, so that its memory ends with it. */
function runChild(request: MigrateRequest): Promise<MigrateReply> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const path = fileURLToPath(new URL(`./migrate.child.${extension}`, import.meta.url));
  const child = fork(path, { execArgv: [...loaderArguments()], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (reply) => resolve(reply as MigrateReply));
    child.once('close', (code) =>
      resolve({ ok: false, error: `the process ended with status ${code ?? -1}: ${complaint}` }),
    );
    child.send(request);
  });
}

function explain(error: string): AppError {
  if (error.includes('P3005') || error.includes('schema is not empty'))
    return refuse('the database is not empty and has no migration history; an empty one is needed', error);
  return new AppError('INTERNAL', `The database could not be migrated: ${error}`);
}

async function migrateLocked(
  client: pg.Client,
  connection: Connection,
  baseDir: string,
): Promise<readonly string[]> {
  await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  const { migrations } = await readMigrations(baseDir);
  const history = await readHistory(client);
  // Another node may have done it while this one waited.
  if (isUpToDate(migrations, history)) return [];
  const interrupted = history
    .filter(isInterrupted)
    .map((row) => ({ name: row.migration_name, isCommitted: row.applied_steps_count > 0 }));
  const reply = await runChild({ connection, baseDir, interrupted });
  if (!reply.ok) throw explain(reply.error);
  return reply.applied;
}

/** SQLSTATE classes of a wrong address: credentials, and a database that does not exist. */
const WRONG_ADDRESS = new Set(['28', '3D']);

async function connect(connection: Connection): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(connection));
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (error instanceof pg.DatabaseError && WRONG_ADDRESS.has(error.code?.slice(0, 2) ?? ''))
      throw refuse(error.message, error);
    throw error;
  }
}

/**
 * Brings the database to this release's schema, one node at a time. A database that is up to date costs two short
 * queries and no child process. Idempotent.
 * @param baseDir  folder of the migrations, in Prisma's form
 * @returns names of the migrations that were applied now
 * @throws AppError `INVALID_ARGUMENT` for a database that cannot be used: wrong address, too old, foreign, half migrated; `INTERNAL` when a
 *   migration fails. Errors of the connection come as the driver has them.
 */
export async function migrate(
  connection: Connection,
  baseDir = migrationsFolder(),
): Promise<readonly string[]> {
  const client = await connect(connection);
  try {
    await checkVersion(client);
    const { migrations } = await readMigrations(baseDir);
    if (isUpToDate(migrations, await readHistory(client))) return [];
    return await migrateLocked(client, connection, baseDir);
  } finally {
    // Ends the advisory lock as well.
    await client.end();
  }
}
