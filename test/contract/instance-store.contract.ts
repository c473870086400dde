import type { ActivationStore, Instance, InstanceFilter, InstanceStore } from '@sallyport/fleet';
import { newManagedInstanceId, type AccountId } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';
import { activation, instance, REGION, T0 } from './builders.js';

/** What every {@link InstanceStore} does; instances come into it through an activation. */
export function instanceStoreContract(
  store: () => InstanceStore,
  activations: () => ActivationStore,
  newAccount: () => Promise<AccountId>,
): void {
  describe('instance store', () => {
    const newActivation = async () => {
      const made = activation(await newAccount(), { instanceCount: 1_000 });
      await activations().insert(made);
      return made;
    };
    const add = async (changes: Partial<Instance> = {}, of?: Awaited<ReturnType<typeof newActivation>>) => {
      const from = of ?? (await newActivation());
      const made = instance(from, changes);
      await activations().redeem(from.id, () => made);
      return made;
    };

    it('gives back everything that was stored, to the agent by id alone', async () => {
      const made = await add({
        tags: [{ key: 'a', value: 'b' }],
        lastHeartbeatAtMs: T0 + 1,
        name: 'Rechner ü',
      });
      expect(await store().findForAgent(made.id)).toEqual(made);
      expect(await store().find(made.accountId, REGION, made.id)).toEqual(made);
      expect(await store().findForAgent(newManagedInstanceId())).toBeUndefined();
    });

    it("does not find another account's or region's instance", async () => {
      const { accountId, id } = await add();
      expect(await store().find(await newAccount(), REGION, id)).toBeUndefined();
      expect(await store().find(accountId, 'other', id)).toBeUndefined();
      expect(await store().rename(await newAccount(), REGION, id, 'mine')).toBeUndefined();
      expect(await store().deregister(await newAccount(), REGION, id, T0)).toBeUndefined();
      expect(await store().find(accountId, REGION, id)).toBeDefined();
    });

    it('pages newest first with ties broken by id, without a gap or a repetition', async () => {
      const of = await newActivation();
      const made = [];
      for (const registeredAtMs of [T0, T0, T0 + 1, T0, T0 - 1]) made.push(await add({ registeredAtMs }, of));
      made.sort((a, b) => b.registeredAtMs - a.registeredAtMs || (a.id < b.id ? 1 : -1));
      const first = await store().list(of.accountId, REGION, {}, { limit: 3 });
      const second = await store().list(of.accountId, REGION, {}, { limit: 3, after: first.next });
      expect([...first.items, ...second.items]).toEqual(made);
      expect([first.total, second.next]).toEqual([5, undefined]);
      const skipped = await store().list(of.accountId, REGION, {}, { limit: 3, offset: 3 });
      expect(skipped.items).toEqual(made.slice(3));
    });

    it('lists what meets the conditions', async () => {
      const of = await newActivation();
      const tags = [{ key: 'role', value: 'web' }];
      const web = await add({ name: 'web_1', machineId: 'm-web', intranetIp: '10.1.1.1', tags }, of);
      const db = await add({ name: 'webX1', osType: 'Windows', internetIp: '192.0.2.7' }, of);
      const matches = async (filter: InstanceFilter) =>
        (await store().list(of.accountId, REGION, filter, { limit: 9 })).items.map(({ id }) => id).sort();
      const both = [web.id, db.id].sort();
      expect(await matches({ ids: [web.id, newManagedInstanceId()] })).toEqual([web.id]);
      expect(await matches({ ids: [] })).toEqual([]);
      expect(await matches({ ip: '10.1.1.1' })).toEqual([web.id]);
      expect(await matches({ ip: '192.0.2.7' })).toEqual([db.id]);
      expect(await matches({ osType: 'WINDOWS' })).toEqual([db.id]);
      expect(await matches({ activationId: of.id })).toEqual(both);
      expect(await matches({ activationId: 'other' })).toEqual([]);
      expect(await matches({ machineId: 'm-web' })).toEqual([web.id]);
      expect(await matches({ tags: [{ key: 'role' }] })).toEqual([web.id]);
      expect(await matches({ tags: [{ key: 'role', value: 'db' }] })).toEqual([]);
      expect(await matches({ name: 'web_1', osType: 'windows' })).toEqual([]);
    });

    it.each([
      ['web_1', 'web_1', true],
      ['web_1', 'webX1', false],
      ['web%', 'web-1', false],
      ['web*', 'web-1', true],
      ['web*', 'my-web', false],
      ['*eb*1', 'web-1', true],
      ['w*b', 'web-1', false],
      ['a\\*', 'a\\b', true],
      ['*', 'anything', true],
    ])('name pattern %s on %s: %s', async (pattern, name, isMatch) => {
      const { accountId } = await add({ name });
      const { total } = await store().list(accountId, REGION, { name: pattern }, { limit: 1 });
      expect(total).toBe(isMatch ? 1 : 0);
    });

    it('restricts a list to, or to all but, more ids than a statement may have parameters', async () => {
      const of = await newActivation();
      const [online, offline] = [await add({}, of), await add({}, of)];
      const ids = [online.id, ...Array.from({ length: 40_000 }, () => newManagedInstanceId())];
      const among = async (isNegated: boolean) =>
        (await store().list(of.accountId, REGION, { among: { ids, isNegated } }, { limit: 9 })).items;
      expect(await among(false)).toEqual([online]);
      expect(await among(true)).toEqual([offline]);
    });

    it('renames', async () => {
      const made = await add();
      const renamed = { ...made, name: 'other' };
      expect(await store().rename(made.accountId, REGION, made.id, 'other')).toEqual(renamed);
      expect(await store().findForAgent(made.id)).toEqual(renamed);
    });

    it('deregisters once, whoever else tries, and counts it at the activation', async () => {
      const made = await add();
      const tries = Array.from({ length: 4 }, () => store().deregister(made.accountId, REGION, made.id, T0));
      expect((await Promise.all(tries)).filter((found) => found !== undefined)).toEqual([made]);
      expect(await store().findForAgent(made.id)).toBeUndefined();
      const { items } = await activations().list(made.accountId, REGION, {}, { limit: 1 });
      expect(items[0]).toMatchObject({ registeredCount: 1, deregisteredCount: 1 });
    });

    it('writes heart-beats together: the newest of each, none into the past, strangers passed over', async () => {
      const of = await newActivation();
      const [one, two] = [await add({}, of), await add({ lastHeartbeatAtMs: T0 + 900 }, of)];
      const beat = (instanceId: Instance['id'], atMs: number, internetIp: string) => ({
        instanceId,
        atMs,
        internetIp,
        agentVersion: '2.0.0',
      });
      await store().touch([
        beat(one.id, T0 + 20, '192.0.2.2'),
        beat(one.id, T0 + 10, '192.0.2.1'),
        beat(two.id, T0 + 30, '192.0.2.3'),
        beat(newManagedInstanceId(), T0, '192.0.2.4'),
      ]);
      const touched = { lastHeartbeatAtMs: T0 + 20, internetIp: '192.0.2.2', agentVersion: '2.0.0' };
      expect(await store().findForAgent(one.id)).toEqual({ ...one, ...touched });
      expect(await store().findForAgent(two.id)).toEqual(two);
    });

    it('takes no heart-beats without complaint', async () => {
      await expect(store().touch([])).resolves.toBeUndefined();
    });
  });
}
