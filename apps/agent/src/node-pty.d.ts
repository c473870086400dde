/**
 * The compiled part of node-pty without its wrapper. The wrapper destroys the terminal 200 ms after the shell's end, read or
 * not, and writes in a way that blocks the whole process while a shell does not read.
 */
declare module '@lydell/node-pty/requireBinary.js' {
  export function requireBinary(name: 'pty.node'): {
    /**
     * Starts `file` as the leader of a new session on a new terminal.
     * @param env       `NAME=value`
     * @param uid       -1: unchanged
     * @param isUtf8    tells the line discipline to delete whole characters
     * @param helper    of no use on Linux
     * @param onExit    status of exit(3) or 0, signal number or 0; called once
     * @returns the master's descriptor, non-blocking and inherited by whatever is started later, the process id, and the
     *   path of the terminal's device
     */
    fork(
      file: string,
      args: readonly string[],
      env: readonly string[],
      cwd: string,
      cols: number,
      rows: number,
      uid: number,
      gid: number,
      isUtf8: boolean,
      helper: string,
      onExit: (code: number, signal: number) => void,
    ): { fd: number; pid: number; pty: string };
    resize(fd: number, cols: number, rows: number): void;
  };
}
