// Builds every lib and app: src/**/*.ts → dist/**/*.js. Types are `npm run types`' business; this only emits.
import { readFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = JSON.parse(await readFile(join(root, '.swcrc'), 'utf8'));
delete options.$schema;

async function* packages() {
  for (const kind of ['libs', 'apps'])
    for (const name of await readdir(join(root, kind))) yield join(root, kind, name);
}

async function emit(packageDir, file) {
  const source = join(packageDir, 'src', file);
  const target = join(packageDir, 'dist', file.replace(/\.ts$/, '.js'));
  const { code, map } = await transform(await readFile(source, 'utf8'), {
    ...options,
    filename: source,
    sourceFileName: relative(dirname(target), source).split(sep).join('/'),
    swcrc: false,
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, map ? `${code}\n//# sourceMappingURL=${target.split(sep).at(-1)}.map\n` : code);
  if (map) await writeFile(`${target}.map`, map);
}

async function build(packageDir) {
  const sources = join(packageDir, 'src');
  if (!(await stat(sources).catch(() => undefined))) return;
  await rm(join(packageDir, 'dist'), { recursive: true, force: true });
  const files = (await readdir(sources, { recursive: true })).filter((file) => /(?<!\.spec|\.d)\.ts$/.test(file));
  await Promise.all(files.map((file) => emit(packageDir, file)));
}

for await (const packageDir of packages()) await build(packageDir);
await writeFile(join(root, 'node_modules', '.sallyport-built'), new Date().toISOString());
