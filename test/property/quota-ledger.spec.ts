import { InMemoryQuotaLedger } from '@sallyport/coordination';
import type { SessionId } from '@sallyport/kernel';
import type { QuotaScope } from '@sallyport/session';
import { FakeClock } from '@sallyport/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const SCOPE: QuotaScope = 'instance:1:mi-1';
const LIMIT = 3;
const TTL_MS = 30_000;

/** One thing that happens to the ledger: who, what, and how much later. */
const step = fc.record({
  holder: fc.integer({ min: 0, max: 5 }).map((n) => `s-${n}` as SessionId),
  what: fc.constantFrom('acquire', 'renew', 'release', 'crash'),
  waitMs: fc.constantFrom(0, 1, 10_000, 29_999, 30_000),
});

it('the ledger agrees with a list of leases, whatever the order of things', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new FakeClock();
      const ledger = new InMemoryQuotaLedger(clock);
      const model = new Map<SessionId, number>();
      for (const { holder, what, waitMs } of steps) {
        clock.advance(waitMs);
        for (const [id, expiresAtMs] of model) if (expiresAtMs <= clock.nowMs()) model.delete(id);
        const expiresAtMs = clock.nowMs() + TTL_MS;
        if (what === 'acquire') {
          const isAdmitted = model.has(holder) || model.size < LIMIT;
          if (isAdmitted) model.set(holder, expiresAtMs);
          const answer = await ledger.acquire(SCOPE, holder, LIMIT, TTL_MS);
          expect(answer).toEqual(
            isAdmitted ? { ok: true, value: model.size } : { ok: false, error: model.size },
          );
        } else if (what === 'renew' && model.has(holder)) {
          model.set(holder, expiresAtMs);
          await ledger.renew(SCOPE, holder, TTL_MS);
        } else if (what === 'release') {
          model.delete(holder);
          await ledger.release(SCOPE, holder);
        }
        expect(await ledger.used(SCOPE)).toBe(model.size);
        expect(model.size).toBeLessThanOrEqual(LIMIT);
      }
    }),
  );
});
