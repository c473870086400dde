import type { SecretStore } from '@sallyport/iam';
import { describe, expect, it } from 'vitest';

/** What every {@link SecretStore} does. */
export function secretStoreContract(store: () => SecretStore): void {
  describe('secret store', () => {
    it('finds nothing under a name that was never used', async () => {
      expect(await store().find('never')).toBeUndefined();
    });

    it('keeps what was stored first', async () => {
      expect(await store().putIfAbsent('kept', 'one')).toBe('one');
      expect(await store().putIfAbsent('kept', 'two')).toBe('one');
      expect(await store().find('kept')).toBe('one');
    });

    it('gives nodes that start at once the same secret', async () => {
      const offers = Array.from({ length: 8 }, (_, index) => store().putIfAbsent('raced', `offer ${index}`));
      expect(new Set(await Promise.all(offers))).toHaveProperty('size', 1);
    });
  });
}
