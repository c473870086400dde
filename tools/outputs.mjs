// What `npm run build` makes of what: every src/**/*.ts of a lib or app becomes a dist/**/*.js, which carries its source's
// modification time. Any other time, later or earlier, means that the source is not the one that was compiled.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Holds the fingerprint of the compiler and its options that made all of dist. */
export const stampFile = join(root, 'node_modules', '.sallyport-built');
/** Some file systems keep times coarser than others report them. */
const TOLERANCE_MS = 2;

/** Folders of all libs and apps. */
export const packageFolders = () =>
  ['libs', 'apps'].flatMap((kind) => namesIn(join(root, kind)).map((name) => join(root, kind, name)));

/** Pairs of source and output file of a lib or app; none when it has no sources. */
export function compiledFiles(folder) {
  const sources = namesIn(join(folder, 'src'), { recursive: true }).filter((file) =>
    /(?<!\.spec|\.d)\.ts$/.test(file),
  );
  return sources.map((file) => ({
    source: join(folder, 'src', file),
    target: join(folder, 'dist', file.replace(/\.ts$/, '.js')),
  }));
}

/** Whether `target` was made from `source` as it is now. */
export function isCurrent({ source, target }) {
  const made = statSync(target, { throwIfNoEntry: false });
  return made !== undefined && Math.abs(made.mtimeMs - statSync(source).mtimeMs) < TOLERANCE_MS;
}

/** Changes when everything must be compiled again. */
export function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['.swcrc', 'tools/build.mjs', 'node_modules/@swc/core/package.json'])
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Whether all of dist was made by this compiler with these options. */
export function isSameCompiler() {
  try {
    return readFileSync(stampFile, 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

export function namesIn(folder, options) {
  try {
    return readdirSync(folder, options);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  }
}
