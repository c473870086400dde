import { accessSync, constants, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Account } from './account.js';
import { EndpointError } from './endpoint.port.js';

const BASH = '/bin/bash';
const SETPRIV = '/usr/bin/setpriv';
const NOT_SHELLS = new Set(['nologin', 'false', 'sync']);
const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const USER_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';

/**
 * Whatever the agent has open, other sessions' terminals above all, is none of the shell's business. The loop must not be
 * redirected: bash would keep the real descriptor at a number above 2 meanwhile, and lose it here.
 */
const CLOSE_FILES = 'for fd in /proc/self/fd/*; do fd=${fd##*/}; ((fd > 2)) && exec {fd}>&-; done; exec "$@"';
/** Only bash can set a program's name for itself; a leading hyphen makes any shell a login shell. */
const AS_LOGIN_SHELL = 'exec -a "-${0##*/}" "$0"';

/** A program to be started behind a terminal. */
export interface ShellCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Uid that is to own the terminal's device, where that is not this process's. */
  readonly terminalOwner?: number;
}

/** Whether this process may become other users. */
export interface ShellContext {
  readonly ownUid: number;
  /** Locale of the shell. */
  readonly lang: string;
}

/**
 * The command that gives `account` a shell: nothing of the agent's environment or open files is left in it.
 *
 * Users are switched by setpriv(1) rather than by the terminal library's own setuid, which would leave the shell in root's
 * supplementary groups, and rather than su(1) or runuser(1), which stay as the parent of what they run (signals and exit
 * status then come second hand) and take commands away from the terminal. setpriv replaces itself by the shell.
 * @param command  command line for `<shell> -c`; empty: a login shell
 * @throws EndpointError `Open_pty_failed` where a program is missing
 */
export function shellCommand(
  account: Account,
  command: string,
  { ownUid, lang }: ShellContext,
): ShellCommand {
  const shell = usableShell(account);
  const start = command === '' ? [BASH, '-c', AS_LOGIN_SHELL, shell] : [shell, '-c', command];
  const change = account.uid === ownUid ? [] : switchTo(account);
  for (const program of new Set([BASH, shell, ...change.slice(0, 1)])) requireProgram(program);
  return {
    file: BASH,
    args: ['-c', CLOSE_FILES, 'bash', ...change, ...start],
    env: loginEnvironment(account, shell, lang),
    cwd: isDirectory(account.home) ? account.home : '/',
    ...(account.uid !== ownUid && { terminalOwner: account.uid }),
  };
}

const switchTo = ({ uid, gid }: Account): string[] => [
  SETPRIV,
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--init-groups',
  '--',
];

/** An account without a login of its own is still one that a permitted caller may act as, as with stock agents. */
function usableShell({ shell }: Account): string {
  return shell === '' || NOT_SHELLS.has(basename(shell)) || !isProgram(shell) ? BASH : shell;
}

function loginEnvironment(account: Account, shell: string, lang: string): Record<string, string> {
  return {
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: shell,
    PATH: account.uid === 0 ? ROOT_PATH : USER_PATH,
    TERM: 'xterm-256color',
    LANG: lang,
  };
}

function requireProgram(file: string): void {
  if (!isProgram(file)) throw new EndpointError('Open_pty_failed', `${file} is missing on this machine`);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
