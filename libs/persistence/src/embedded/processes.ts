import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@sallyport/kernel';

const POLL_MS = 20;
const ORPHAN_DEADLINE_MS = 15_000;

/** Whether the process exists; one that has ended and was not yet reaped does not count where that can be seen. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/** What tells a process from a later one with the same number: its start, in ticks since boot; empty where unknown. */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22; the second, in parentheses, may contain spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

async function postmasterPid(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : undefined;
}

/** Processes of a database whose cluster is `cluster` (no links): all of them work in that folder. */
async function databaseProcesses(cluster: string): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  if (entries.length > 0)
    return entries.map(Number).filter((pid) => pid > 0 && isAlive(pid) && worksIn(pid, cluster));
  const pid = await postmasterPid(cluster);
  return pid !== undefined && isAlive(pid) ? [pid] : [];
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/**
 * Ends what a killed predecessor left running on `cluster`, and the lock files it left. Fast shutdown: what was committed
 * is kept. Its server processes end by themselves once the postmaster is gone.
 * @throws AppError `INTERNAL` when something is still there after 15 s
 */
export async function endOrphans(cluster: string, socketDir: string): Promise<void> {
  const postmaster = await postmasterPid(cluster);
  const found = await databaseProcesses(cluster);
  if (postmaster !== undefined && found.includes(postmaster)) signal(postmaster, 'SIGINT');
  const deadline = Date.now() + ORPHAN_DEADLINE_MS;
  for (let left = found; left.length > 0; left = await databaseProcesses(cluster)) {
    if (Date.now() > deadline)
      throw new AppError(
        'INTERNAL',
        `A database is still running in ${cluster} (process ${left.join(', ')}).`,
      );
    await wait(POLL_MS);
  }
  // PostgreSQL believes the number in them, which another process, or one not yet reaped, may have now.
  await rm(join(cluster, 'postmaster.pid'), { force: true });
  await rm(join(socketDir, '.s.PGSQL.5432.lock'), { force: true });
}
