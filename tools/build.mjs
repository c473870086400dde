// Builds every lib and app: src/**/*.ts → dist/**/*.js. Types are `npm run types`' business; this only emits.
// Two builds at once do each other no harm: both write the same bytes, and a file appears whole or not at all.
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { transform } from '@swc/core';
import {
  compiledFiles,
  fingerprint,
  isCurrent,
  isSameCompiler,
  namesIn,
  packageFolders,
  root,
  stampFile,
} from './outputs.mjs';

const options = JSON.parse(await readFile(join(root, '.swcrc'), 'utf8'));
delete options.$schema;

/** Puts a whole file in place of another, dated `time`. */
async function place(file, content, time) {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content);
  await utimes(draft, time, time);
  await rename(draft, file);
}

async function emit({ source, target }) {
  // Dated before it is read: a change in between leaves an output that is not current.
  const { mtime } = await stat(source);
  const { code, map } = await transform(await readFile(source, 'utf8'), {
    ...options,
    filename: source,
    sourceFileName: relative(dirname(target), source).split(sep).join('/'),
    swcrc: false,
  });
  await mkdir(dirname(target), { recursive: true });
  await place(`${target}.map`, map, mtime);
  await place(target, `${code}\n//# sourceMappingURL=${target.split(sep).at(-1)}.map\n`, mtime);
}

/** Removes outputs whose sources are gone, so that nothing imports what no longer exists. */
async function sweep(folder, files) {
  if (files.length === 0) await rm(join(folder, 'dist'), { recursive: true, force: true });
  const kept = new Set(files.map(({ target }) => target));
  const outputs = namesIn(join(folder, 'dist'), { recursive: true })
    .filter((name) => /\.js(\.map)?$/.test(name))
    .map((name) => join(folder, 'dist', name));
  await Promise.all(
    outputs.filter((file) => !kept.has(file.replace(/\.map$/, ''))).map((file) => rm(file, { force: true })),
  );
}

const everything = !isSameCompiler();
const failures = [];
for (const folder of packageFolders()) {
  const files = compiledFiles(folder);
  const stale = files.filter((file) => everything || !isCurrent(file));
  const outcomes = await Promise.allSettled(stale.map(emit));
  failures.push(...outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason));
  await sweep(folder, files);
}
// What follows the excerpt is the compiler's own stack.
for (const failure of failures) console.error(failure.message.split('\n\nCaused by')[0]);
if (failures.length > 0) process.exitCode = 1;
else if (everything) await place(stampFile, fingerprint(), new Date());
