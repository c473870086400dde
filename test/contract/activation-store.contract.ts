import type { ActivationStore, InstanceStore } from '@sallyport/fleet';
import { newActivationId, type AccountId } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';
import { activation, instance, REGION, T0 } from './builders.js';

/** What every {@link ActivationStore} does, together with the instances that it registers. */
export function activationStoreContract(
  store: () => ActivationStore,
  instances: () => InstanceStore,
  newAccount: () => Promise<AccountId>,
): void {
  describe('activation store', () => {
    const add = async (changes: Parameters<typeof activation>[1] = {}, accountId?: AccountId) => {
      const made = activation(accountId ?? (await newAccount()), changes);
      await store().insert(made);
      return made;
    };

    it('gives back everything that was stored', async () => {
      const full = await add({
        instanceName: 'web',
        description: 'für alle Fälle',
        ipAddressRange: '10.0.0.0/8',
        tags: [{ key: 'role', value: '' }],
        isDisabled: true,
        registeredCount: 3,
        deregisteredCount: 2,
      });
      const plain = await add();
      expect(await store().findForRegistration(full.id)).toEqual(full);
      expect(await store().findForRegistration(plain.id)).toEqual(plain);
      expect(await store().findForRegistration(newActivationId())).toBeUndefined();
    });

    it('pages newest first with ties broken by id, without a gap or a repetition', async () => {
      const accountId = await newAccount();
      const made = [];
      for (const createdAtMs of [T0, T0, T0, T0 + 1, T0 - 1])
        made.push(await add({ createdAtMs }, accountId));
      made.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));
      const first = await store().list(accountId, REGION, {}, { limit: 2 });
      const second = await store().list(accountId, REGION, {}, { limit: 2, after: first.next });
      const third = await store().list(accountId, REGION, {}, { limit: 2, after: second.next });
      expect([...first.items, ...second.items, ...third.items]).toEqual(made);
      expect([first.total, second.total, third.next]).toEqual([5, 5, undefined]);
    });

    it('has no next page when a page ends with the last row', async () => {
      const { accountId } = await add();
      expect(await store().list(accountId, REGION, {}, { limit: 1 })).toMatchObject({
        next: undefined,
        total: 1,
      });
    });

    it('skips rows by number', async () => {
      const accountId = await newAccount();
      const older = await add({}, accountId);
      await add({ createdAtMs: T0 + 1 }, accountId);
      const page = await store().list(accountId, REGION, {}, { limit: 5, offset: 1 });
      expect(page).toEqual({ items: [older], next: undefined, total: 2 });
    });

    it('lists what meets every condition and nothing of another account or region', async () => {
      const accountId = await newAccount();
      const tags = [
        { key: 'role', value: 'web' },
        { key: 'stage', value: 'test' },
      ];
      const match = await add({ instanceName: 'web', tags }, accountId);
      const others = [
        await add({ instanceName: 'db' }, accountId),
        await add({ region: 'other' }, accountId),
      ];
      const ids = async (filter: Parameters<ActivationStore['list']>[2]) =>
        (await store().list(accountId, REGION, filter, { limit: 9 })).items.map(({ id }) => id);
      expect(await ids({ id: match.id, instanceName: 'web', tags: [{ key: 'role' }] })).toEqual([match.id]);
      expect(await ids({ tags })).toEqual([match.id]);
      expect(await ids({ tags: [{ key: 'role', value: 'test' }] })).toEqual([]);
      expect(await ids({ tags: [{ key: 'web' }] })).toEqual([]);
      expect(await ids({ id: others[1]?.id })).toEqual([]);
      expect(await store().list(await newAccount(), REGION, {}, { limit: 9 })).toMatchObject({ total: 0 });
    });

    it('disables its own activation, twice without harm, and no other account’s', async () => {
      const made = await add();
      const { accountId, id } = made;
      expect(await store().disable(await newAccount(), REGION, id)).toBeUndefined();
      expect(await store().disable(accountId, 'other', id)).toBeUndefined();
      expect(await store().disable(accountId, REGION, id)).toEqual({ ...made, isDisabled: true });
      expect(await store().disable(accountId, REGION, id)).toEqual({ ...made, isDisabled: true });
    });

    it('deletes an activation that nobody used, and says why it does not delete another', async () => {
      const unused = await add();
      const used = await add({ registeredCount: 1, deregisteredCount: 1 });
      expect(await store().deleteUnused(used.accountId, REGION, used.id)).toBe('in-use');
      expect(await store().deleteUnused(await newAccount(), REGION, unused.id)).toBe('not-found');
      expect(await store().deleteUnused(unused.accountId, REGION, unused.id)).toEqual(unused);
      expect(await store().deleteUnused(unused.accountId, REGION, unused.id)).toBe('not-found');
    });

    it('registers no more machines than it permits, however many come at once', async () => {
      const made = await add({ instanceCount: 3 });
      const calls = Array.from({ length: 8 }, () =>
        store().redeem(made.id, (ordinal) => instance(made, { name: `web-${ordinal}` })),
      );
      const names = (await Promise.all(calls)).flatMap((found) => (found ? [found.name] : []));
      expect(names.sort()).toEqual(['web-1', 'web-2', 'web-3']);
      expect(await store().findForRegistration(made.id)).toMatchObject({ registeredCount: 3 });
      expect(await instances().list(made.accountId, REGION, {}, { limit: 9 })).toMatchObject({ total: 3 });
    });

    it('does not register with one that is disabled or gone', async () => {
      const made = await add({ isDisabled: true });
      const never = () => instance(made);
      expect(await store().redeem(made.id, never)).toBeUndefined();
      expect(await store().redeem(newActivationId(), never)).toBeUndefined();
    });

    it('does not count a registration whose instance cannot be stored', async () => {
      const made = await add();
      const taken = instance(made);
      await store().redeem(made.id, () => taken);
      const again = store().redeem(made.id, () => taken);
      await expect(again).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await store().findForRegistration(made.id)).toMatchObject({ registeredCount: 1 });
    });
  });
}
