import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `prisma/` of this package tree; the same from `src` and from `dist`, whatever the working directory. */
export const prismaFolder = (): string => fileURLToPath(new URL('../../../prisma/', import.meta.url));

/** The folder of the migrations. */
export const migrationsFolder = (): string => join(prismaFolder(), 'migrations');

/** One step of the schema's history. */
export interface Migration {
  /** Name of its folder: `<14 digits>_<what it does>`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the script, hexadecimal: what Prisma's history table holds. */
  readonly checksum: string;
}

/** A folder of migrations in Prisma's own form. */
export interface MigrationSet {
  readonly baseDir: string;
  readonly lockFile: string;
  /** Oldest first. */
  readonly migrations: readonly Migration[];
}

async function readMigration(baseDir: string, name: string): Promise<Migration> {
  const sql = await readFile(join(baseDir, name, 'migration.sql'), 'utf8');
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

/** Reads every migration below `baseDir`. */
export async function readMigrations(baseDir: string): Promise<MigrationSet> {
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return {
    baseDir,
    lockFile: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    migrations: await Promise.all(names.sort().map((name) => readMigration(baseDir, name))),
  };
}
