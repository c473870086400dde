/**
 * The schema's history: `npm run migration -- create <name>` writes the step from the migrations to prisma/schema.prisma,
 * `npm run migration -- check` says whether they agree (exit status 1 when not).
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { migrationsFolder, prismaFolder, readMigrations, SchemaEngine } from '@sallyport/persistence';
import { PrismaPGlite } from 'pglite-prisma-adapter';

const schemaPath = join(prismaFolder(), 'schema.prisma');
const cacheFile = fileURLToPath(new URL('../node_modules/.cache/sallyport/schema-agrees', import.meta.url));

/** SQL that the migrations lack, found by applying them to a scratch database; undefined when nothing is missing. */
async function missingSql(): Promise<string | undefined> {
  const scratch = await PGlite.create();
  const schema = { path: schemaPath, content: await readFile(schemaPath, 'utf8') };
  const engine = await SchemaEngine.open(schema, new PrismaPGlite(scratch));
  try {
    await engine.deploy(migrationsFolder());
    return await engine.pendingSql();
  } finally {
    engine.close();
    await scratch.close();
  }
}

async function create(name: string): Promise<void> {
  const sql = await missingSql();
  if (sql === undefined) {
    console.log('The migrations agree with the schema; nothing to write.');
    return;
  }
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(migrationsFolder(), `${stamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), sql);
  console.log(`Wrote ${relative(process.cwd(), folder)}/migration.sql: read it before you commit it.`);
}

/** What the outcome of a check depends on: the schema, the migrations, and the engine that compares them. */
async function fingerprint(): Promise<string> {
  const { lockFile, migrations } = await readMigrations(migrationsFolder());
  const engine = await readFile(new URL('../libs/persistence/package.json', import.meta.url), 'utf8');
  const parts = [
    await readFile(schemaPath, 'utf8'),
    lockFile,
    engine,
    ...migrations.flatMap((m) => [m.name, m.checksum]),
  ];
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

async function check(): Promise<void> {
  const current = await fingerprint();
  if ((await readFile(cacheFile, 'utf8').catch(() => '')) === current) return;
  const sql = await missingSql();
  if (sql !== undefined) {
    console.error(
      `prisma/schema.prisma has changes without a migration; npm run migration -- create <name>\n\n${sql}`,
    );
    process.exitCode = 1;
    return;
  }
  await mkdir(join(cacheFile, '..'), { recursive: true });
  await writeFile(cacheFile, current);
}

const [command, name] = process.argv.slice(2);
if (command === 'check' && name === undefined) await check();
else if (command === 'create' && name !== undefined && /^[a-z0-9_]+$/.test(name)) await create(name);
else {
  console.error('usage: npm run migration -- check | create <name of a-z, 0-9 and _>');
  process.exitCode = 2;
}
