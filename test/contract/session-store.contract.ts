import { newManagedInstanceId, newNodeId, newSessionId, type AccountId } from '@sallyport/kernel';
import type { SessionState, SessionStore } from '@sallyport/session';
import { describe, expect, it } from 'vitest';
import { REGION, session, T0 } from './builders.js';

/** What every {@link SessionStore} does. @param newAccount makes an account to hold sessions */
export function sessionStoreContract(store: () => SessionStore, newAccount: () => Promise<AccountId>): void {
  describe('session store', () => {
    const add = async (changes: Parameters<typeof session>[1] = {}, accountId?: AccountId) => {
      const made = session(accountId ?? (await newAccount()), changes);
      await store().insert(made);
      return made;
    };

    it('gives back everything that was stored', async () => {
      const plain = await add();
      const full = await add({
        portNumber: 65_535,
        targetServer: 'db.internal',
        username: 'ops',
        commandLine: 'echo "ü"; exit 3',
        state: 'closed',
        openedAtMs: T0 + 1,
        endedAtMs: T0 + 2,
        endReason: 'Internal',
        failedDetail: 'it broke',
      });
      expect(await store().find(plain.accountId, plain.id)).toEqual(plain);
      expect(await store().find(full.accountId, full.id)).toEqual(full);
    });

    it("neither finds nor changes another account's session", async () => {
      const made = await add();
      const stranger = await newAccount();
      expect(await store().find(stranger, made.id)).toBeUndefined();
      expect(await store().update(stranger, made.id, { state: 'closed' })).toBe(false);
      expect(await store().find(made.accountId, made.id)).toEqual(made);
    });

    it('changes what a change names and nothing else', async () => {
      const made = await add({ failedDetail: 'kept' });
      const nodeId = newNodeId();
      expect(
        await store().update(made.accountId, made.id, { state: 'open', openedAtMs: T0 + 5, nodeId }),
      ).toBe(true);
      const changed = { ...made, state: 'open', openedAtMs: T0 + 5, nodeId };
      expect(await store().find(made.accountId, made.id)).toEqual(changed);
    });

    it.each<SessionState>(['closed', 'aborted'])('keeps a record that is %s as it is', async (state) => {
      const made = await add({ state, endReason: 'ClientClosed', endedAtMs: T0 + 1 });
      const change = { state: 'closed' as const, endReason: 'NodeLost' as const, endedAtMs: T0 + 2 };
      expect(await store().update(made.accountId, made.id, change)).toBe(false);
      expect(await store().find(made.accountId, made.id)).toEqual(made);
    });

    it('lets one of several ends win', async () => {
      const made = await add({ state: 'open' });
      const reasons = ['ClientClosed', 'IdleTimeout', 'EndedByApi', 'AgentTimeout'] as const;
      const ends = reasons.map((endReason) =>
        store().update(made.accountId, made.id, { state: 'closed', endReason, endedAtMs: T0 + 1 }),
      );
      const outcomes = await Promise.all(ends);
      expect(outcomes.filter(Boolean)).toEqual([true]);
      const record = await store().find(made.accountId, made.id);
      expect(record?.endReason).toBe(reasons[outcomes.indexOf(true)]);
    });

    it('says that a session which does not exist was not changed', async () => {
      expect(await store().update(await newAccount(), newSessionId(), { state: 'closed' })).toBe(false);
    });

    it('pages newest first with ties broken by id, without a gap or a repetition', async () => {
      const accountId = await newAccount();
      const made = [];
      for (const createdAtMs of [T0, T0, T0 + 1, T0, T0 - 1])
        made.push(await add({ createdAtMs }, accountId));
      made.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));
      const first = await store().list(accountId, REGION, {}, { limit: 3 });
      const second = await store().list(accountId, REGION, {}, { limit: 3, after: first.next });
      expect([...first.items, ...second.items]).toEqual(made);
      expect([first.total, second.total, second.next]).toEqual([5, 5, undefined]);
    });

    it('filters by session and by instance, within account and region', async () => {
      const accountId = await newAccount();
      const instanceId = newManagedInstanceId();
      const [one] = [
        await add({ instanceId }, accountId),
        await add({}, accountId),
        await add({ instanceId }),
      ];
      const elsewhere = await add({ instanceId, region: 'other' }, accountId);
      const list = (filter: Parameters<SessionStore['list']>[2]) =>
        store().list(accountId, REGION, filter, { limit: 9 });
      expect(await list({ instanceId })).toEqual({ items: [one], total: 1, next: undefined });
      expect(await list({ id: one.id })).toMatchObject({ items: [one] });
      expect(await list({ id: elsewhere.id })).toMatchObject({ items: [], total: 0 });
      expect(await list({ id: one.id, instanceId: 'i-other' })).toMatchObject({ total: 0 });
    });

    it('lists the sessions of a region that have not ended, of every account', async () => {
      const region = `region-${newSessionId()}`;
      const states = ['created', 'opening', 'open', 'detached', 'closed', 'aborted'] as const;
      const made = await Promise.all(
        states.map((state, index) => add({ state, region, createdAtMs: T0 + index })),
      );
      expect(await store().listUnended(region)).toEqual(made.slice(0, 4));
    });
  });
}
