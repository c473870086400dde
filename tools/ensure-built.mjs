// Imported by the launchers in apps/*/bin: builds once where `dist` is absent, so that `npm start` works after `npm ci`.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../apps/server/dist/main.js', import.meta.url));
if (!existsSync(dist)) {
  execFileSync(process.execPath, [fileURLToPath(new URL('./build.mjs', import.meta.url))], { stdio: ['ignore', 2, 2] });
}
