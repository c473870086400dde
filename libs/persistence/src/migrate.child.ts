// Entry of the short-lived process that applies migrations; its parent is `migrate.ts`.
import { PrismaPg } from '@prisma/adapter-pg';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientConfig, type Connection } from './connection.js';
import { prismaFolder } from './migration-files.js';
import { SchemaEngine, type InterruptedMigration } from './schema-engine.js';

/** What the parent sends, once. */
export interface MigrateRequest {
  readonly connection: Connection;
  readonly baseDir: string;
  /** Migrations whose process ended under way, and whether their scripts were committed. */
  readonly interrupted: readonly InterruptedMigration[];
}

/** What the child answers, once, before it ends. */
export type MigrateReply =
  { readonly ok: true; readonly applied: readonly string[] } | { readonly ok: false; readonly error: string };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function deploy({ connection, baseDir, interrupted }: MigrateRequest): Promise<readonly string[]> {
  const path = join(prismaFolder(), 'schema.prisma');
  const adapter = new PrismaPg({ ...clientConfig(connection), max: 2 });
  const engine = await SchemaEngine.open({ path, content: await readFile(path, 'utf8') }, adapter);
  await engine.settle(baseDir, interrupted);
  return engine.deploy(baseDir);
}

async function answer(request: MigrateRequest): Promise<MigrateReply> {
  try {
    return { ok: true, applied: await deploy(request) };
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}

process.once('message', (request: MigrateRequest) => {
  void answer(request).then((reply) => process.send?.(reply, () => process.exit(0)));
});
