import type { AccountId, ActivationId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Activation, ActivationStore } from './activation-store.port.js';
import { Activations, type NewActivation } from './activations.usecase.js';
import { hashActivationCode } from './register-agent.usecase.js';

const ACCOUNT = '1000000000000001' as AccountId;
const OTHER = '1000000000000002' as AccountId;
const WANTED: NewActivation = {
  instanceName: 'web',
  description: '',
  instanceCount: 2,
  timeToLiveHours: 4,
  ipAddressRange: undefined,
  tags: [],
};

/** Activations in memory, with the conditions that a database puts into its statements. */
class FakeActivations {
  readonly rows = new Map<ActivationId, Activation>();
  #find(accountId: AccountId, region: string, id: ActivationId): Activation | undefined {
    const row = this.rows.get(id);
    return row?.accountId === accountId && row.region === region ? row : undefined;
  }
  insert(row: Activation): Promise<void> {
    this.rows.set(row.id, row);
    return Promise.resolve();
  }
  disable(accountId: AccountId, region: string, id: ActivationId): Promise<Activation | undefined> {
    const row = this.#find(accountId, region, id);
    if (row) this.rows.set(id, { ...row, isDisabled: true });
    return Promise.resolve(this.rows.get(row?.id ?? ('' as ActivationId)));
  }
  deleteUnused(
    accountId: AccountId,
    region: string,
    id: ActivationId,
  ): Promise<Activation | 'in-use' | 'not-found'> {
    const row = this.#find(accountId, region, id);
    if (!row) return Promise.resolve('not-found');
    if (row.registeredCount > 0) return Promise.resolve('in-use');
    this.rows.delete(id);
    return Promise.resolve(row);
  }
}

let store: FakeActivations;
let activations: Activations;

beforeEach(() => {
  store = new FakeActivations();
  activations = new Activations(store as unknown as ActivationStore, 'local', new FakeClock());
});

describe('activations', () => {
  it('have a code of 190 random bits that is shown once and stored as its hash', async () => {
    const [first, second] = [
      await activations.create(ACCOUNT, WANTED),
      await activations.create(ACCOUNT, WANTED),
    ];
    expect(first.code).toMatch(/^a-[A-Za-z0-9]{32}$/);
    expect(second.code).not.toBe(first.code);
    expect(store.rows.get(first.activation.id)).toMatchObject({
      ...WANTED,
      accountId: ACCOUNT,
      region: 'local',
      codeHash: hashActivationCode(first.code),
      isDisabled: false,
      registeredCount: 0,
    });
  });

  it('are disabled once or twice alike', async () => {
    const { id } = (await activations.create(ACCOUNT, WANTED)).activation;
    expect((await activations.disable(ACCOUNT, id)).isDisabled).toBe(true);
    expect((await activations.disable(ACCOUNT, id)).isDisabled).toBe(true);
  });

  it('are deleted unless a machine has registered with them', async () => {
    const { activation } = await activations.create(ACCOUNT, WANTED);
    store.rows.set(activation.id, { ...activation, registeredCount: 1 });
    await expect(activations.delete(ACCOUNT, activation.id)).rejects.toMatchObject({
      code: 'ACTIVATION_IN_USE',
    });
    store.rows.set(activation.id, activation);
    expect(await activations.delete(ACCOUNT, activation.id)).toEqual(activation);
    await expect(activations.delete(ACCOUNT, activation.id)).rejects.toMatchObject({
      code: 'ACTIVATION_NOT_FOUND',
    });
  });

  it('of another account or region are not there', async () => {
    const { id } = (await activations.create(ACCOUNT, WANTED)).activation;
    const elsewhere = new Activations(store as unknown as ActivationStore, 'elsewhere', new FakeClock());
    for (const call of [
      activations.disable(OTHER, id),
      activations.delete(OTHER, id),
      elsewhere.disable(ACCOUNT, id),
      elsewhere.delete(ACCOUNT, id),
    ])
      await expect(call).rejects.toMatchObject({ code: 'ACTIVATION_NOT_FOUND' });
    expect(store.rows.get(id)?.isDisabled).toBe(false);
  });
});
