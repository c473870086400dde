import type { AccountSettingsStore } from '@sallyport/iam';
import type { AccountId } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';

/** What every {@link AccountSettingsStore} does. @param newAccount makes an account to set something for */
export function accountSettingsStoreContract(
  store: () => AccountSettingsStore,
  newAccount: () => Promise<AccountId>,
): void {
  describe('account settings store', () => {
    it('answers the defaults for an account that changed nothing', async () => {
      expect(await store().get(await newAccount())).toEqual({ isSessionManagerEnabled: true });
    });

    it('keeps a change of one account apart from the others', async () => {
      const [changed, other] = [await newAccount(), await newAccount()];
      await store().update(changed, { isSessionManagerEnabled: false });
      expect(await store().get(changed)).toEqual({ isSessionManagerEnabled: false });
      expect(await store().get(other)).toEqual({ isSessionManagerEnabled: true });
    });

    it('changes back, and leaves alone what a change does not name', async () => {
      const accountId = await newAccount();
      await store().update(accountId, { isSessionManagerEnabled: false });
      await store().update(accountId, {});
      expect(await store().get(accountId)).toEqual({ isSessionManagerEnabled: false });
      await store().update(accountId, { isSessionManagerEnabled: true });
      expect(await store().get(accountId)).toEqual({ isSessionManagerEnabled: true });
    });
  });
}
