// Generates the Prisma client from prisma/schema.prisma; runs after every `npm ci`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const prisma = fileURLToPath(import.meta.resolve('prisma/build/index.js'));
// `generate` needs no engine, yet the command insists on fetching one unless it is told of an executable (ADR 0003).
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [prisma, 'generate', '--schema', 'prisma/schema.prisma', '--no-hints'],
  { cwd: root, env, encoding: 'utf8' },
);
if (status !== 0) {
  console.error(`${stdout}${stderr}`);
  process.exitCode = 1;
}
