import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { Account, Accounts } from './account.js';

const run = promisify(execFile);
const OPTIONS = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, timeout: 10_000 };
/** Nothing that a tool could take for an option, or that has a meaning in the database's lines. */
const NAME = /^[^-:\s\p{Cc}][^:\s\p{Cc}]{0,255}$/u;

/** The machine's users through its own tools, so that directories such as LDAP count as well. */
export const systemAccounts: Accounts = {
  own: () => {
    const { username, uid, gid, homedir, shell } = userInfo();
    return { name: username, uid, gid, home: homedir, shell: shell ?? '' };
  },
  find: async (name) => (NAME.test(name) ? parsePasswdLine(await passwdLine(name), name) : undefined),
  create: async (name) => {
    await run('useradd', ['--create-home', '--shell', '/bin/bash', name], OPTIONS);
  },
};

async function passwdLine(name: string): Promise<string> {
  try {
    return (await run('getent', ['passwd', name], OPTIONS)).stdout;
  } catch (error) {
    // 2: one or more keys could not be found.
    if ((error as { code?: unknown }).code === 2) return '';
    throw error;
  }
}

/** Reads a line of passwd(5). @returns undefined unless it is the one of `name`: a number finds users too */
export function parsePasswdLine(line: string, name: string): Account | undefined {
  const [found, , uid, gid, , home, shell] = line.trimEnd().split(':');
  if (found !== name || shell === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/', shell };
}
