import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sallyport/kernel';
import { isAlive, startOf } from './processes.js';

const fileIn = (home: string): string => join(home, 'owner');

/** The process that has the database, when it still runs. */
async function livingOwner(home: string): Promise<number | undefined> {
  const [pidText, start] = (await readFile(fileIn(home), 'utf8').catch(() => '')).trim().split(' ');
  const pid = Number(pidText);
  return pid > 0 && isAlive(pid) && startOf(pid) === (start ?? '') ? pid : undefined;
}

/**
 * Takes the database in `home` for this process; what a killed owner left is taken over. So nobody ends a database as an
 * orphan that another server uses.
 * @returns what gives it back
 * @throws AppError `INVALID_ARGUMENT` when another process, or this one, has it
 */
export async function takeOwnership(home: string): Promise<() => Promise<void>> {
  const owner = await livingOwner(home);
  if (owner === undefined) await rm(fileIn(home), { force: true });
  const text = `${process.pid} ${startOf(process.pid)}`;
  try {
    await writeFile(fileIn(home), text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const message = `SALLYPORT_DATA_DIR: the database in it is in use by process ${owner ?? 'unknown'}.`;
    throw new AppError('INVALID_ARGUMENT', message, { cause });
  }
  return () => rm(fileIn(home), { force: true });
}
