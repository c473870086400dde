// Imported by the launchers in apps/*/bin: builds where something is not built, so that `npm start` works after `npm ci`
// and nobody who edits or pulls runs yesterday's code.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compiledFiles, isCurrent, isSameCompiler, packageFolders, root } from './outputs.mjs';

const files = packageFolders().flatMap(compiledFiles);
// A copy that is no checkout may have lost its times on the way; there, what is built counts as current.
const isBuilt = existsSync(join(root, '.git'))
  ? isSameCompiler() && files.every(isCurrent)
  : files.every(({ target }) => existsSync(target));
if (!isBuilt) {
  try {
    execFileSync(process.execPath, [join(root, 'tools', 'build.mjs')], { stdio: ['ignore', 2, 2] });
  } catch {
    // The build has told why.
    process.exit(1);
  }
}
