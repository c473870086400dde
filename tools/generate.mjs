// Generates the Prisma client from prisma/schema.prisma; runs after every `npm ci`.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// `generate` needs no engine, yet the command insists on fetching one unless it is told of an executable (ADR 0003).
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
execFileSync('npx', ['--no-install', 'prisma', 'generate', '--schema', 'prisma/schema.prisma'], {
  cwd: root,
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
});
