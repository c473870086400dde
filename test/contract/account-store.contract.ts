import { newAccessKeyId, type AccountId } from '@sallyport/kernel';
import type { AccountStore } from '@sallyport/iam';
import { describe, expect, it } from 'vitest';
import { accessKey, account, T0 } from './builders.js';

/** What every {@link AccountStore} does. @param store gives one that holds no account yet at the first call */
export function accountStoreContract(store: () => AccountStore): void {
  describe('account store', () => {
    const add = async (createdAtMs = T0): Promise<AccountId> => {
      const made = account({ createdAtMs });
      await store().insert(made);
      return made.id;
    };

    it('answers the oldest account as the first, whatever the order of insertion', async () => {
      expect(await store().first()).toBeUndefined();
      await add(T0 - 1_000);
      const oldest = account({ createdAtMs: T0 - 2_000, name: 'Grüße 你好' });
      await store().insert(oldest);
      expect(await store().first()).toEqual(oldest);
    });

    it('refuses a second account with the same id and keeps the first', async () => {
      const made = account({ createdAtMs: T0 - 9_000 });
      await store().insert(made);
      await expect(store().insert({ ...made, name: 'other' })).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await store().first()).toEqual(made);
    });

    it('finds a key by its id alone and no key by another id', async () => {
      const key = accessKey(await add());
      await store().putAccessKey(key);
      expect(await store().findAccessKey(key.id)).toEqual(key);
      expect(await store().findAccessKey(newAccessKeyId())).toBeUndefined();
    });

    it('replaces secret and status of a key that is put again, and keeps its age', async () => {
      const key = accessKey(await add());
      await store().putAccessKey(key);
      const changed = { ...key, sealedSecret: 'other', status: 'Inactive' as const };
      await store().putAccessKey({ ...changed, createdAtMs: T0 + 5_000 });
      expect(await store().findAccessKey(key.id)).toEqual(changed);
    });

    it("refuses a key under another account's id", async () => {
      const key = accessKey(await add());
      await store().putAccessKey(key);
      const stolen = { ...key, accountId: await add(), sealedSecret: 'stolen' };
      await expect(store().putAccessKey(stolen)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(await store().findAccessKey(key.id)).toEqual(key);
    });

    it('takes the same key from several nodes at once', async () => {
      const key = accessKey(await add());
      await Promise.all(Array.from({ length: 5 }, () => store().putAccessKey(key)));
      expect(await store().listAccessKeys(key.accountId)).toEqual([key]);
    });

    it("lists an account's own keys, oldest first", async () => {
      const accountId = await add();
      const [newer, older] = [accessKey(accountId, { createdAtMs: T0 + 1 }), accessKey(accountId)];
      for (const key of [newer, older, accessKey(await add())]) await store().putAccessKey(key);
      expect(await store().listAccessKeys(accountId)).toEqual([older, newer]);
    });
  });
}
