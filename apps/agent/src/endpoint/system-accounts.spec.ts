import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parsePasswdLine, systemAccounts } from './system-accounts.js';

describe('systemAccounts', () => {
  it('finds the user that runs this process, as it describes itself', async () => {
    const own = systemAccounts.own();
    expect(own).toMatchObject({ name: userInfo().username, uid: userInfo().uid });
    expect(await systemAccounts.find(own.name)).toEqual(own);
  });

  it.each(['no-such-user-here', '', '-s', 'a:b', 'a b', 'a\nroot', '0', 'x'.repeat(257)])(
    'knows nobody called "%s"',
    async (name) => {
      expect(await systemAccounts.find(name)).toBeUndefined();
    },
  );
});

describe('parsePasswdLine', () => {
  it('reads the fields of a user', () => {
    expect(parsePasswdLine('web:x:1000:1001:Web,,,:/srv/web:/bin/zsh\n', 'web')).toEqual({
      name: 'web',
      uid: 1000,
      gid: 1001,
      home: '/srv/web',
      shell: '/bin/zsh',
    });
  });

  it('takes no line of another user, and none that is cut', () => {
    expect(parsePasswdLine('root:x:0:0:root:/root:/bin/bash', '0')).toBeUndefined();
    expect(parsePasswdLine('web:x:1000:1001', 'web')).toBeUndefined();
    expect(parsePasswdLine('', 'web')).toBeUndefined();
  });
});
