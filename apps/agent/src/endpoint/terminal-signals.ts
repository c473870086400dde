import { readFileSync } from 'node:fs';

/**
 * Process groups of the terminal whose session leader is `pid`: the leader's and the one in the foreground. Jobs that were put
 * into the background on purpose are left to the leader and the kernel, as with any terminal.
 */
export const terminalGroups = (pid: number): readonly number[] => [...new Set([foregroundGroup(pid), pid])];

/** Signals all of each group; groups that have ended are passed over. */
export function signalGroups(groups: readonly number[], signal: NodeJS.Signals): void {
  for (const group of groups) {
    // -1 would be everybody, and a terminal that is gone has -1 in its foreground.
    if (group <= 1) continue;
    try {
      process.kill(-group, signal);
    } catch {
      // It ended by itself.
    }
  }
}

/** Field 8 of proc(5) stat, counted behind the command's name, which may have spaces itself. */
function foregroundGroup(pid: number): number {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\)\s/s, '')
        .split(' ')[5],
    );
  } catch {
    return -1;
  }
}
