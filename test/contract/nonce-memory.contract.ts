import type { NonceMemory } from '@sallyport/iam';
import type { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';

/** What every memory of nonces must hold to. @param make a new one that forgets by the clock */
export function nonceMemoryContract(make: () => { nonces: NonceMemory; clock: FakeClock }): void {
  describe('nonce memory', () => {
    let nonces: NonceMemory;
    let clock: FakeClock;

    beforeEach(() => ({ nonces, clock } = make()));

    it('takes a nonce once, for each owner', async () => {
      expect(await nonces.claim('key:a', 'n', 1_000)).toBe(true);
      expect(await nonces.claim('key:a', 'n', 1_000)).toBe(false);
      expect(await nonces.claim('key:b', 'n', 1_000)).toBe(true);
      expect(await nonces.claim('key:a', 'm', 1_000)).toBe(true);
    });

    it('takes it once, however many ask at the same moment', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => nonces.claim('key:a', 'n', 1_000)));
      expect(answers.filter((isNew) => isNew)).toHaveLength(1);
    });

    it('remembers it for the whole of its time, and not for ever', async () => {
      await nonces.claim('key:a', 'n', 120_000);
      clock.advance(119_999);
      expect(await nonces.claim('key:a', 'n', 120_000)).toBe(false);
      clock.advance(1);
      expect(await nonces.claim('key:a', 'n', 120_000)).toBe(true);
    });
  });
}
