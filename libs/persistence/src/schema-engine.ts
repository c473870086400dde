import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { readMigrations, type MigrationSet } from './migration-files.js';

/** The tables and enums that Prisma should overlook: none. */
const FILTERS = { externalTables: [], externalEnums: [] };

/** A migration that was begun and neither finished nor failed. */
export interface InterruptedMigration {
  readonly name: string;
  /** Whether its script took effect. */
  readonly isCommitted: boolean;
}

type EngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');

/** Instantiates the engine by hand: its main file imports the `.wasm`, which Node does only behind a flag. */
async function loadModule(): Promise<EngineModule> {
  const entry = '@prisma/schema-engine-wasm/schema_engine_bg';
  const module = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as EngineModule & {
    __wbg_set_wasm(exports: WebAssembly.Exports): void;
  };
  const folder = dirname(createRequire(import.meta.url).resolve(entry));
  const wasm = await WebAssembly.compile(await readFile(join(folder, 'schema_engine_bg.wasm')));
  const { exports } = await WebAssembly.instantiate(wasm, {
    './schema_engine_bg.js': module as unknown as WebAssembly.ModuleImports,
  });
  module.__wbg_set_wasm(exports);
  (exports['__wbindgen_start'] as () => void)();
  return module;
}

const migrationsList = ({ baseDir, lockFile, migrations }: MigrationSet) => ({
  baseDir,
  lockfile: { path: 'migration_lock.toml', content: lockFile },
  shadowDbInitScript: '',
  migrationDirectories: migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
  })),
});

/**
 * Prisma's schema engine on one database: some 100 MB of memory that are not given back, so the server never loads it
 * (see `migrate.ts`).
 */
export class SchemaEngine {
  private constructor(
    private readonly engine: import('@prisma/schema-engine-wasm/schema_engine_bg').SchemaEngine,
    private readonly schema: { readonly path: string; readonly content: string },
  ) {}

  /** @param schema the Prisma schema file, path and text */
  static async open(
    schema: { readonly path: string; readonly content: string },
    adapter: SqlMigrationAwareDriverAdapterFactory,
  ): Promise<SchemaEngine> {
    const module = await loadModule();
    const engine = await module.SchemaEngine.new(
      { datamodels: [[schema.path, schema.content]] },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(adapter),
    );
    return new SchemaEngine(engine, schema);
  }

  /** Applies what is missing of the migrations below `baseDir`. @returns their names */
  async deploy(baseDir: string): Promise<readonly string[]> {
    const list = migrationsList(await readMigrations(baseDir));
    const { appliedMigrationNames } = await this.engine.applyMigrations({
      migrationsList: list,
      filters: FILTERS,
    });
    return appliedMigrationNames;
  }

  /** Brings the history in line with what became of interrupted migrations: applied, or to be applied again. */
  async settle(baseDir: string, interrupted: readonly InterruptedMigration[]): Promise<void> {
    const list = migrationsList(await readMigrations(baseDir));
    for (const { name, isCommitted } of interrupted) {
      if (isCommitted) await this.engine.markMigrationApplied({ migrationName: name, migrationsList: list });
      else await this.engine.markMigrationRolledBack({ migrationName: name });
    }
  }

  /** The SQL that leads from the database as it is to the schema; undefined when they agree. */
  async pendingSql(): Promise<string | undefined> {
    const files = [this.schema];
    const { exitCode, stdout } = await this.engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(this.schema.path) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: FILTERS,
    });
    return exitCode === 0 ? undefined : (stdout ?? '');
  }

  /** Frees the engine; it must not be used afterwards. */
  close(): void {
    this.engine.free();
  }
}
