import { spawnSync } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Account } from './account.js';
import { systemAccounts } from './system-accounts.js';
import { shellCommand, type ShellCommand } from './shell-command.js';

const { uid, gid, username } = userInfo();
const OWN: Account = { name: username, uid, gid, home: tmpdir(), shell: '/bin/sh' };
const CONTEXT = { ownUid: uid, lang: 'C.UTF-8' };

function run(command: ShellCommand): { stdout: string; stderr: string } {
  const { file, args, env, cwd } = command;
  // A file that every child inherits, as the masters of other terminals are.
  const leak = openSync('/dev/null', 'r');
  try {
    return spawnSync(file, args, {
      env,
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', leak, leak],
    });
  } finally {
    closeSync(leak);
  }
}

describe('shellCommand', () => {
  it('runs a command line with the shell of the account, in its home', () => {
    expect(run(shellCommand(OWN, 'echo "$0 $PWD"', CONTEXT)).stdout).toBe(`/bin/sh ${tmpdir()}\n`);
  });

  it('leaves nothing open but the three streams, and those as they were', () => {
    const { stdout, stderr } = run(shellCommand(OWN, 'ls /proc/$$/fd; echo trouble >&2', CONTEXT));
    expect(stdout.split('\n')).toEqual(['0', '1', '2', '']);
    expect(stderr).toBe('trouble\n');
  });

  it('gives the login environment and nothing else', () => {
    const names = Object.keys(shellCommand(OWN, '', CONTEXT).env);
    expect(names.sort()).toEqual(['HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER']);
  });

  it('passes a command line on unread', () => {
    const text = '$(id); "quoted" \\ `x` \n\'';
    expect(shellCommand(OWN, text, CONTEXT).args.at(-1)).toBe(text);
  });

  it.each(['', '/usr/sbin/nologin', '/bin/false', '/no/such/shell'])(
    'uses bash in place of "%s"',
    (shell) => {
      expect(shellCommand({ ...OWN, shell }, '', CONTEXT).env['SHELL']).toBe('/bin/bash');
    },
  );

  it('starts in / when the home is not there', () => {
    expect(shellCommand({ ...OWN, home: '/no/such/home' }, '', CONTEXT).cwd).toBe('/');
  });

  it('changes to another user before the shell is started, and gives it the terminal', () => {
    const command = shellCommand({ ...OWN, uid: uid + 1, gid: gid + 1 }, 'id', CONTEXT);
    expect(command.terminalOwner).toBe(uid + 1);
    const change = command.args.slice(3, -3);
    expect(change).toEqual([
      '/usr/bin/setpriv',
      `--reuid=${uid + 1}`,
      `--regid=${gid + 1}`,
      '--init-groups',
      '--',
    ]);
    expect(shellCommand(OWN, 'id', CONTEXT).terminalOwner).toBeUndefined();
  });

  it.runIf(uid === 0)('has the groups of the other user only', async () => {
    const nobody = await systemAccounts.find('nobody');
    if (!nobody) throw new Error('this machine has no user "nobody"');
    const { stdout } = run(shellCommand(nobody, 'id -u; id -G', CONTEXT));
    expect(stdout).toBe(`${nobody.uid}\n${nobody.gid}\n`);
  });
});
