import { describe, expect, it } from 'vitest';
import type { Account, Accounts } from './account.js';
import { DEFAULT_USER, sessionUser } from './session-user.js';

const account = (name: string, uid: number): Account => ({
  name,
  uid,
  gid: uid,
  home: `/home/${name}`,
  shell: '/bin/bash',
});

/** A user database in memory. */
class FakeAccounts implements Accounts {
  readonly known: Account[];
  canCreate = true;

  constructor(
    readonly ownName: string,
    names: readonly (readonly [string, number])[],
  ) {
    this.known = names.map(([name, uid]) => account(name, uid));
  }

  own(): Account {
    const own = this.known.find(({ name }) => name === this.ownName);
    if (!own) throw new Error('unknown');
    return own;
  }

  find(name: string): Promise<Account | undefined> {
    return Promise.resolve(this.known.find((known) => known.name === name));
  }

  create(name: string): Promise<void> {
    if (!this.canCreate) return Promise.reject(new Error('useradd: not today'));
    this.known.push(account(name, 1_500));
    return Promise.resolve();
  }
}

const ofRoot = (...more: (readonly [string, number])[]): FakeAccounts =>
  new FakeAccounts('root', [['root', 0], ['deploy', 1_000], ['toor', 0], ...more]);
const ofDeploy = (): FakeAccounts =>
  new FakeAccounts('deploy', [
    ['root', 0],
    ['deploy', 1_000],
    ['other', 1_001],
  ]);

async function nameOf(accounts: Accounts, requested: string, registered?: string): Promise<string> {
  return (await sessionUser(accounts, requested, registered)).name;
}

describe('an agent that is root', () => {
  it('takes the name that the caller gives before the one of its registration', async () => {
    expect(await nameOf(ofRoot(['web', 1_001]), 'web', 'deploy')).toBe('web');
    expect(await nameOf(ofRoot(), '', 'deploy')).toBe('deploy');
  });

  it('uses the default user when nobody was named, and makes it once', async () => {
    const accounts = ofRoot();
    expect(await nameOf(accounts, '')).toBe(DEFAULT_USER);
    accounts.canCreate = false;
    expect(await nameOf(accounts, '')).toBe(DEFAULT_USER);
  });

  it('says why the default user cannot be made', async () => {
    const accounts = ofRoot();
    accounts.canCreate = false;
    await expect(nameOf(accounts, '')).rejects.toThrow('useradd: not today');
  });

  it('refuses root, by any name, unless the registration named it', async () => {
    await expect(nameOf(ofRoot(), 'root')).rejects.toThrow('--user root');
    await expect(nameOf(ofRoot(), 'root', 'deploy')).rejects.toThrow('--user root');
    await expect(nameOf(ofRoot(), 'toor', 'root')).rejects.toThrow('--user root');
    expect(await nameOf(ofRoot(), '', 'root')).toBe('root');
    expect(await nameOf(ofRoot(), 'root', 'root')).toBe('root');
  });

  it('refuses a name that nobody has', async () => {
    await expect(sessionUser(ofRoot(), 'nobody-here', undefined)).rejects.toMatchObject({
      errorCode: 'Open_pty_failed',
      message: 'no such user on this machine',
    });
  });
});

describe('an agent that is not root', () => {
  it('is its own user, named or not', async () => {
    expect(await nameOf(ofDeploy(), '')).toBe('deploy');
    expect(await nameOf(ofDeploy(), 'deploy')).toBe('deploy');
  });

  it('refuses every other user, existing or not', async () => {
    for (const name of ['other', 'root', 'nobody-here'])
      await expect(nameOf(ofDeploy(), name)).rejects.toThrow('runs as deploy and cannot become another user');
  });
});
