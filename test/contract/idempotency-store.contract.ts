import type { IdempotencyStore, IdempotentCall } from '@sallyport/iam';
import type { AccountId } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';
import { T0 } from './builders.js';

const EXPIRY = T0 + 60_000;

/** What every {@link IdempotencyStore} does. @param newAccount makes an account that calls */
export function idempotencyStoreContract(
  store: () => IdempotencyStore,
  newAccount: () => Promise<AccountId>,
): void {
  describe('idempotency store', () => {
    const newCall = async (): Promise<IdempotentCall> => ({
      accountId: await newAccount(),
      action: 'CreateActivation',
      token: 'token-1',
      parametersHash: 'hash-1',
    });

    it('lets one of several callers with the same token through', async () => {
      const call = await newCall();
      const claims = await Promise.all(Array.from({ length: 6 }, () => store().claim(call, T0, EXPIRY)));
      expect(claims.map(({ kind }) => kind).sort()).toEqual(['new', ...Array<string>(5).fill('processing')]);
    });

    it('answers a finished call with its result and the parameters it was made with', async () => {
      const call = await newCall();
      await store().claim(call, T0, EXPIRY);
      await store().complete(call, 'sealed answer', EXPIRY);
      const again = await store().claim({ ...call, parametersHash: 'hash-2' }, T0 + 1, EXPIRY);
      expect(again).toEqual({ kind: 'done', parametersHash: 'hash-1', sealedResult: 'sealed answer' });
    });

    it('keeps accounts, actions and tokens apart', async () => {
      const call = await newCall();
      await store().claim(call, T0, EXPIRY);
      const others = [
        { ...call, accountId: await newAccount() },
        { ...call, action: 'StartTerminalSession' },
        { ...call, token: 'token-2' },
      ];
      for (const other of others) expect(await store().claim(other, T0, EXPIRY)).toEqual({ kind: 'new' });
    });

    it('frees the token of a call that failed', async () => {
      const call = await newCall();
      await store().claim(call, T0, EXPIRY);
      await store().abandon(call);
      expect(await store().claim(call, T0, EXPIRY)).toEqual({ kind: 'new' });
    });

    it('does not forget a finished call when it is abandoned late', async () => {
      const call = await newCall();
      await store().claim(call, T0, EXPIRY);
      await store().complete(call, 'sealed answer', EXPIRY);
      await store().abandon(call);
      expect(await store().claim(call, T0, EXPIRY)).toMatchObject({ kind: 'done' });
    });

    it('frees a token at its expiry and not a millisecond before', async () => {
      const call = await newCall();
      await store().claim(call, T0, EXPIRY);
      expect(await store().claim(call, EXPIRY - 1, EXPIRY)).toEqual({ kind: 'processing' });
      expect(await store().claim(call, EXPIRY, EXPIRY + 60_000)).toEqual({ kind: 'new' });
    });
  });
}
