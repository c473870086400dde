import type { SessionId } from '@sallyport/kernel';
import type { QuotaLedger, QuotaScope } from '@sallyport/session';
import type { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';

const SCOPE: QuotaScope = 'region:1:local';
const TTL_MS = 30_000;
const holder = (n: number): SessionId => `s-${n}` as SessionId;

/** What every quota ledger must hold to. @param make a new ledger whose leases expire by the clock */
export function quotaLedgerContract(make: () => { ledger: QuotaLedger; clock: FakeClock }): void {
  describe('quota ledger', () => {
    let ledger: QuotaLedger;
    let clock: FakeClock;
    const acquire = (n: number, limit = 2) => ledger.acquire(SCOPE, holder(n), limit, TTL_MS);

    beforeEach(() => ({ ledger, clock } = make()));

    it('gives slots up to the limit and says how many are used', async () => {
      expect([await acquire(1), await acquire(2), await acquire(3)]).toEqual([
        { ok: true, value: 1 },
        { ok: true, value: 2 },
        { ok: false, error: 2 },
      ]);
      expect(await ledger.used(SCOPE)).toBe(2);
    });

    it('never gives more than the limit, however many ask at once', async () => {
      const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => acquire(n, 7)));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(7);
    });

    it('counts a holder that asks again once, also at the limit', async () => {
      await acquire(1);
      await acquire(2);
      expect(await acquire(2)).toEqual({ ok: true, value: 2 });
    });

    it('frees a slot by release, and by expiry when nobody renews it', async () => {
      await acquire(1);
      await acquire(2);
      await ledger.release(SCOPE, holder(1));
      await ledger.release(SCOPE, holder(1));
      expect(await ledger.used(SCOPE)).toBe(1);
      clock.advance(TTL_MS - 1);
      expect(await ledger.used(SCOPE)).toBe(1);
      clock.advance(1);
      expect(await ledger.used(SCOPE)).toBe(0);
    });

    it('keeps a slot that is renewed, and takes an expired one again', async () => {
      await acquire(1);
      clock.advance(TTL_MS - 1);
      await ledger.renew(SCOPE, holder(1), TTL_MS);
      clock.advance(TTL_MS - 1);
      expect(await ledger.used(SCOPE)).toBe(1);
      clock.advance(TTL_MS);
      await ledger.renew(SCOPE, holder(1), TTL_MS);
      expect(await ledger.used(SCOPE)).toBe(1);
    });

    it('keeps scopes apart', async () => {
      await acquire(1, 1);
      expect(await ledger.acquire('region:2:local', holder(2), 1, TTL_MS)).toEqual({ ok: true, value: 1 });
    });
  });
}
