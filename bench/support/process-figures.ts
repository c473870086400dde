import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Kernel ticks per second in /proc/<pid>/stat. */
const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU seconds that a process has used so far, all threads, user and system, from the operating system. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name may hold spaces and parentheses; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** Proportional set size of a process and all its descendants, in KiB: shared pages are counted once. */
export function pssKiB(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, id) => sum + fieldKiB(`/proc/${id}/smaps_rollup`, 'Pss'), 0);
}

/** Resident set size of one process, in KiB. */
export const rssKiB = (pid: number): number => fieldKiB(`/proc/${pid}/status`, 'VmRSS');

function fieldKiB(file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // ended in the meantime
  }
}

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === ''
    ? []
    : children
        .split(' ')
        .map(Number)
        .flatMap((child) => [child, ...descendants(child)]);
}
