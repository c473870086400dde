import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { migrationsFolder, openDatabase, readMigrations } from '@sallyport/persistence';
import { launchPostgres, queryPostgres, type TestPostgres } from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HISTORY =
  'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY 1';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(async () => {
  await postgres.stop();
});

/** What the history must hold: each migration, finished, with the SHA-256 of its script. */
async function expectedHistory() {
  const { migrations } = await readMigrations(migrationsFolder());
  return migrations.map(({ name, checksum }) => ({ migration_name: name, checksum, finished: true }));
}

async function openAndClose(url: string): Promise<void> {
  const database = await openDatabase({ kind: 'url', url });
  await database.close();
}

/** Opens the database in a process of its own. @returns its exit status */
async function openElsewhere(url: string): Promise<number | null> {
  const program = fileURLToPath(new URL('./open-database.child.ts', import.meta.url));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(program, {
    execArgv: ['-C', 'source', '--import', loader],
    env: { ...process.env, URL: url },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

// Most tests start processes of their own, seconds of work on a busy machine.
describe('migrations', { timeout: 120_000 }, () => {
  it('bring an empty database to the schema, and again change nothing', async () => {
    const url = await postgres.createDatabase();
    await openAndClose(url);
    const history = await queryPostgres(url, HISTORY);
    expect(history).toEqual(await expectedHistory());
    await openAndClose(url);
    expect(await queryPostgres(url, HISTORY)).toEqual(history);
  });

  it('are applied once when two nodes start at the same moment', async () => {
    const url = await postgres.createDatabase();
    expect(await Promise.all([openElsewhere(url), openElsewhere(url)])).toEqual([0, 0]);
    expect(await queryPostgres(url, HISTORY)).toEqual(await expectedHistory());
  });

  it('refuse a database that holds the tables of something else', async () => {
    const url = await postgres.createDatabase();
    await queryPostgres(url, 'CREATE TABLE orders (id int)');
    const refusal = {
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^DATABASE_URL: .*not empty/) as string,
    };
    await expect(openAndClose(url)).rejects.toMatchObject(refusal);
    expect(await queryPostgres(url, "SELECT 1 FROM pg_tables WHERE tablename = 'accounts'")).toEqual([]);
  });

  it("refuse another program's migration history", async () => {
    const url = await postgres.createDatabase();
    await openAndClose(url);
    await queryPostgres(url, "UPDATE _prisma_migrations SET migration_name = '20200101000000_shop'");
    const message = expect.stringContaining('another program') as string;
    await expect(openAndClose(url)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
  });

  it('refuse a migration that was changed after it had been applied', async () => {
    const url = await postgres.createDatabase();
    await openAndClose(url);
    await queryPostgres(url, "UPDATE _prisma_migrations SET checksum = 'other'");
    const message = expect.stringContaining('was changed') as string;
    await expect(openAndClose(url)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
  });

  it('accept the history of a newer release', async () => {
    const url = await postgres.createDatabase();
    await openAndClose(url);
    await queryPostgres(
      url,
      `INSERT INTO _prisma_migrations (id, migration_name, checksum, finished_at, applied_steps_count)
       VALUES ('later', '29990101000000_later', 'any', now(), 1)`,
    );
    await expect(openAndClose(url)).resolves.toBeUndefined();
  });

  it('finish what was interrupted after its script had been committed', async () => {
    const url = await postgres.createDatabase();
    await openAndClose(url);
    await queryPostgres(url, 'UPDATE _prisma_migrations SET finished_at = NULL');
    await openAndClose(url);
    const finished = 'SELECT count(*)::int AS count FROM _prisma_migrations WHERE finished_at IS NOT NULL';
    expect(await queryPostgres(url, finished)).toEqual([{ count: (await expectedHistory()).length }]);
  });

  it('repeat what was interrupted before its script had been committed', async () => {
    const [interrupted, url] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await openAndClose(interrupted);
    await queryPostgres(
      interrupted,
      'UPDATE _prisma_migrations SET finished_at = NULL, applied_steps_count = 0',
    );
    // The history alone, as it stands when the process ends before the script takes effect.
    const [row] = await queryPostgres(interrupted, 'SELECT * FROM _prisma_migrations LIMIT 1');
    await queryPostgres(
      url,
      `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
         migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
         started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
       INSERT INTO _prisma_migrations (id, checksum, migration_name)
         VALUES ('${String(row?.['id'])}', '${String(row?.['checksum'])}', '${String(row?.['migration_name'])}')`,
    );
    await openAndClose(url);
    expect(await queryPostgres(url, "SELECT 1 AS made FROM pg_tables WHERE tablename = 'sessions'")).toEqual([
      { made: 1 },
    ]);
  });

  it('leave a migration that failed to an operator', async () => {
    const url = await postgres.createDatabase();
    await openAndClose(url);
    await queryPostgres(url, "UPDATE _prisma_migrations SET finished_at = NULL, logs = 'syntax error'");
    const message = expect.stringContaining('needs an operator') as string;
    await expect(openAndClose(url)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
  });
});

describe('a database that does not exist', () => {
  it('is refused by name', async () => {
    const url = Object.assign(new URL(await postgres.createDatabase()), { pathname: '/nowhere' }).href;
    const message = expect.stringMatching(/^DATABASE_URL: .*nowhere/) as string;
    await expect(openAndClose(url)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
  });
});

describe('an address that cannot be used', () => {
  it.each([
    ['no address', 'nonsense', 'INVALID_ARGUMENT'],
    ['another database', 'mysql://root@127.0.0.1/x', 'INVALID_ARGUMENT'],
    ['a schema of its own', 'postgresql://a@127.0.0.1/x?schema=mine', 'INVALID_ARGUMENT'],
    ['nobody there', 'postgresql://a@127.0.0.1:1/x', 'DEPENDENCY_UNAVAILABLE'],
  ])('%s is refused', async (_what, url, code) => {
    const message = expect.stringMatching(/^DATABASE_URL: /) as string;
    await expect(openDatabase({ kind: 'url', url })).rejects.toMatchObject({ code, message });
  });
});
