import { readFileSync } from 'node:fs';

/**
 * Signals what runs on the terminal of session leader `pid`: its own process group and the one in the foreground. Jobs that
 * were put into the background on purpose are left to the leader and the kernel, as with any terminal.
 */
export function signalTerminal(pid: number, signal: NodeJS.Signals): void {
  for (const group of new Set([foregroundGroup(pid), pid])) {
    if (group === undefined || group <= 1) continue;
    try {
      process.kill(-group, signal);
    } catch {
      // It ended by itself.
    }
  }
}

/** Field 8 of proc(5) stat, counted behind the command's name. */
function foregroundGroup(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\)\s/s, '')
        .split(' ')[5],
    );
  } catch {
    return undefined;
  }
}
