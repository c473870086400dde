import { spawnSync } from 'node:child_process';

/**
 * Has the terminal on standard input show bytes as they come. Node's raw mode still makes CR LF of each LF, which full-screen
 * programs use to move straight down; only `stty` can switch that off. Leaving raw mode switches it on again.
 */
export function leaveOutputAlone(): void {
  // Without the program there is only the small flaw described above.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
