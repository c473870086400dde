import type { AccessKeyId, AccountId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import { accessKeyContext, AccessKeys } from './access-keys.js';
import type { AccessKeyRecord, Account, AccountStore } from './account-store.port.js';
import { bootstrapRoot } from './bootstrap.js';
import { RootAuthoriser } from './root-authoriser.js';
import { rootPrincipal } from './principal.js';
import { SecretBox } from './secret-box.js';

const box = new SecretBox(new Uint8Array(32).fill(1));
const ACCOUNT = '1000000000000001' as AccountId;
const KEY = 'LTAIone' as AccessKeyId;

class FakeAccounts {
  readonly accounts: Account[] = [];
  readonly keys = new Map<AccessKeyId, AccessKeyRecord>();
  reads = 0;
  first = () => Promise.resolve(this.accounts[0]);
  insert = (account: Account) => Promise.resolve(void this.accounts.push(account));
  findAccessKey = (id: AccessKeyId) => {
    this.reads++;
    return Promise.resolve(this.keys.get(id));
  };
  putAccessKey = (key: AccessKeyRecord) => Promise.resolve(void this.keys.set(key.id, key));
  listAccessKeys = (accountId: AccountId) =>
    Promise.resolve([...this.keys.values()].filter((key) => key.accountId === accountId));
}

const asStore = (accounts: FakeAccounts): AccountStore => accounts;

describe('SecretBox', () => {
  it('opens what it sealed, for the same context only', () => {
    const sealed = box.seal('secret ✓', 'row-1');
    expect(sealed).toMatch(/^sb1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(box.open(sealed, 'row-1')).toBe('secret ✓');
    expect(() => box.open(sealed, 'row-2')).toThrow('cannot be opened');
  });

  it('never seals the same text to the same bytes', () => {
    expect(box.seal('a', 'c')).not.toBe(box.seal('a', 'c'));
  });

  it('refuses another key, a changed byte and rubbish', () => {
    const sealed = box.seal('secret', 'c');
    expect(() => new SecretBox(new Uint8Array(32)).open(sealed, 'c')).toThrow('another master key');
    const [format, id, body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => box.open(`${format}.${id}.${changed.toString('base64url')}`, 'c')).toThrow(
        'cannot be opened',
      );
    }
    for (const rubbish of ['', 'sb1', 'sb2.x.y', `sb1.${box.keyId}.`])
      expect(() => box.open(rubbish, 'c')).toThrow();
  });

  it('takes keys of 32 bytes and no others', () => {
    for (const length of [0, 31, 33]) expect(() => new SecretBox(new Uint8Array(length))).toThrow(RangeError);
  });
});

describe('AccessKeys', () => {
  const record: AccessKeyRecord = {
    id: KEY,
    accountId: ACCOUNT,
    sealedSecret: box.seal('the-secret', accessKeyContext(KEY)),
    status: 'Active',
    createdAtMs: 0,
  };

  it('reads a key once in two seconds, and notices that it was disabled after that', async () => {
    const clock = new FakeClock();
    const accounts = new FakeAccounts();
    accounts.keys.set(KEY, record);
    const keys = new AccessKeys(asStore(accounts), box, () => clock.nowMs());
    expect(await keys.find(KEY)).toMatchObject({
      secret: 'the-secret',
      status: 'Active',
      principal: { accountId: ACCOUNT },
    });
    accounts.keys.set(KEY, { ...record, status: 'Inactive' });
    clock.advance(1_999);
    expect([(await keys.find(KEY))?.status, accounts.reads]).toEqual(['Active', 1]);
    clock.advance(1);
    expect([(await keys.find(KEY))?.status, accounts.reads]).toEqual(['Inactive', 2]);
  });

  it('remembers ten thousand keys, and of more the newest', async () => {
    const accounts = new FakeAccounts();
    const keys = new AccessKeys(asStore(accounts), box, () => 0);
    const idOf = (n: number) => `LTAI${n}` as AccessKeyId;
    for (let n = 0; n <= 10_000; n++) {
      const id = idOf(n);
      accounts.keys.set(id, { ...record, id, sealedSecret: box.seal('s', accessKeyContext(id)) });
      await keys.find(id);
    }
    accounts.reads = 0;
    await keys.find(idOf(1));
    await keys.find(idOf(10_000));
    expect(accounts.reads).toBe(0);
    await keys.find(idOf(0));
    expect(accounts.reads).toBe(1);
  });

  it('forgets a key that is gone, and asks again for one that was not there', async () => {
    const clock = new FakeClock();
    const accounts = new FakeAccounts();
    const keys = new AccessKeys(asStore(accounts), box, () => clock.nowMs());
    expect(await keys.find(KEY)).toBeUndefined();
    accounts.keys.set(KEY, record);
    expect(await keys.find(KEY)).toBeDefined();
    accounts.keys.delete(KEY);
    clock.advance(2_000);
    expect(await keys.find(KEY)).toBeUndefined();
  });

  it('knows nothing of a key that is not there, and opens no secret of another row', async () => {
    const accounts = new FakeAccounts();
    const keys = new AccessKeys(asStore(accounts), box, () => 0);
    expect(await keys.find(KEY)).toBeUndefined();
    const other = 'LTAItwo' as AccessKeyId;
    accounts.keys.set(other, { ...record, id: other });
    await expect(keys.find(other)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('bootstrapRoot', () => {
  it('makes one account and one key, and finds them at every later start', async () => {
    const accounts = new FakeAccounts();
    const first = await bootstrapRoot(asStore(accounts), box, new FakeClock());
    expect(first.accessKeyId).toMatch(/^LTAI[A-Za-z0-9]{20}$/);
    expect(first.accountId).toMatch(/^\d{16}$/);
    expect(await bootstrapRoot(asStore(accounts), box, new FakeClock())).toEqual(first);
    expect([accounts.accounts.length, accounts.keys.size]).toEqual([1, 1]);
    expect(accounts.keys.get(first.accessKeyId)?.sealedSecret).not.toContain(first.accessKeySecret);
  });

  it("takes the operator's key as the root key", async () => {
    const accounts = new FakeAccounts();
    const made = await bootstrapRoot(asStore(accounts), box, new FakeClock());
    const given = { accessKeyId: 'LTAIgiven', accessKeySecret: 'given-secret' };
    expect(await bootstrapRoot(asStore(accounts), box, new FakeClock(), given)).toEqual({
      accountId: made.accountId,
      ...given,
    });
    const keys = new AccessKeys(asStore(accounts), box, () => 0);
    expect((await keys.find('LTAIgiven' as AccessKeyId))?.secret).toBe('given-secret');
  });
});

describe('bootstrapRoot with a key of the operator', () => {
  const given = { accessKeyId: 'LTAIgiven', accessKeySecret: 'first' };

  it('replaces its secret at every start', async () => {
    const accounts = new FakeAccounts();
    await bootstrapRoot(asStore(accounts), box, new FakeClock(), given);
    await bootstrapRoot(asStore(accounts), box, new FakeClock(), { ...given, accessKeySecret: 'second' });
    const keys = new AccessKeys(asStore(accounts), box, () => 0);
    expect((await keys.find('LTAIgiven' as AccessKeyId))?.secret).toBe('second');
    expect([accounts.accounts.length, accounts.keys.size]).toEqual([1, 1]);
  });

  it('goes on with it when it is not given any more, unless it was disabled', async () => {
    const accounts = new FakeAccounts();
    const first = await bootstrapRoot(asStore(accounts), box, new FakeClock(), given);
    expect(await bootstrapRoot(asStore(accounts), box, new FakeClock())).toEqual(first);
    const [stored] = accounts.keys.values();
    if (stored) accounts.keys.set(stored.id, { ...stored, status: 'Inactive' });
    const made = await bootstrapRoot(asStore(accounts), box, new FakeClock());
    expect(made.accessKeyId).not.toBe('LTAIgiven');
    expect(made.accountId).toBe(first.accountId);
  });
});

describe('RootAuthoriser', () => {
  const request = { action: 'ecs:StartTerminalSession', sourceIp: '', isSecure: true };
  const authorise = (resources: readonly string[]) =>
    new RootAuthoriser().authorise(rootPrincipal(ACCOUNT, KEY), { ...request, resources });

  it('lets the root do everything in its account, and nothing in another', async () => {
    await authorise(['*', `acs:ecs:local:${ACCOUNT}:instance/mi-1`]);
    const foreign = authorise([
      `acs:ecs:local:${ACCOUNT}:instance/mi-1`,
      'acs:ecs:local:2000000000000002:instance/mi-1',
    ]);
    await expect(foreign).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      details: { action: 'ecs:StartTerminalSession' },
    });
  });
});
