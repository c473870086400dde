import { generateKeyPairSync } from 'node:crypto';
import type { AccountId, ActivationId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Activation, ActivationStore } from './activation-store.port.js';
import { Activations } from './activations.usecase.js';
import type { Instance } from './instance-store.port.js';
import { RegisterAgent, type Registration } from './register-agent.usecase.js';

const ACCOUNT = '1000000000000001' as AccountId;
const pemOf = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
const PUBLIC_KEY = pemOf(2048);
const HOUR = 3_600_000;

/** One account's activations, with the counting that a database does in a transaction. */
class FakeActivations {
  readonly rows = new Map<string, Activation>();
  insert = (row: Activation) => Promise.resolve(void this.rows.set(row.id, row));
  findForRegistration = (id: ActivationId) => Promise.resolve(this.rows.get(id));
  redeem = (id: ActivationId, instanceFor: (ordinal: number) => Instance) => {
    const row = this.rows.get(id);
    if (!row || row.registeredCount >= row.instanceCount) return Promise.resolve(undefined);
    this.rows.set(id, { ...row, registeredCount: row.registeredCount + 1 });
    return Promise.resolve(instanceFor(row.registeredCount + 1));
  };
}

let clock: FakeClock;
let store: FakeActivations;
let register: RegisterAgent;

beforeEach(() => {
  clock = new FakeClock();
  store = new FakeActivations();
  register = new RegisterAgent(store as unknown as ActivationStore, 'local', clock);
});

async function activate(changes: Partial<Activation> = {}): Promise<Registration> {
  const activations = new Activations(store as unknown as ActivationStore, 'local', clock);
  const { activation, code } = await activations.create(ACCOUNT, {
    instanceName: undefined,
    description: '',
    instanceCount: 2,
    timeToLiveHours: 4,
    ipAddressRange: undefined,
    tags: [],
  });
  store.rows.set(activation.id, { ...activation, ...changes });
  return {
    activationId: activation.id,
    activationCode: code,
    region: 'local',
    machineId: 'machine-1',
    instanceName: '',
    hostname: 'host-1',
    intranetIp: '<nil>',
    osType: 'linux',
    osVersion: 'Linux',
    agentVersion: '1.0.0.1',
    publicKeyPem: PUBLIC_KEY,
    tags: [],
  };
}

const rejected = (registration: Registration, clientIp = '127.0.0.1') =>
  expect(register.execute(registration, clientIp)).rejects.toMatchObject({ code: 'ACTIVATION_REJECTED' });

describe('registration', () => {
  it('makes an instance of the account that the code belongs to', async () => {
    const instance = await register.execute(await activate(), '203.0.113.9');
    expect(instance).toMatchObject({
      accountId: ACCOUNT,
      name: 'host-1',
      machineId: 'machine-1',
      intranetIp: '',
      internetIp: '203.0.113.9',
    });
    expect(instance.id).toMatch(/^mi-[a-z0-9]{19}$/);
  });

  it('stores no code, only its hash', async () => {
    const { activationCode } = await activate();
    expect(JSON.stringify([...store.rows.values()])).not.toContain(activationCode);
  });

  it('refuses a wrong code, an unknown id, a disabled and a foreign region alike', async () => {
    await rejected({ ...(await activate()), activationCode: 'a-wrong' });
    await rejected({ ...(await activate()), activationCode: '' });
    await rejected({ ...(await activate()), activationId: 'nobody' });
    await rejected(await activate({ isDisabled: true }));
    await rejected(await activate({ region: 'elsewhere' }));
  });

  it('refuses a code from the moment its time is over', async () => {
    const registration = await activate();
    clock.advance(4 * HOUR - 1);
    await register.execute(registration, '127.0.0.1');
    clock.advance(1);
    await rejected(registration);
  });

  it('refuses the machine after the last one', async () => {
    const registration = await activate({ instanceCount: 2 });
    await register.execute(registration, '127.0.0.1');
    await register.execute(registration, '127.0.0.1');
    await rejected(registration);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
    ['192.0.2.0/24', '::ffff:192.0.2.1', '::1'],
    ['2001:db8::/32', '2001:db8::1', '2001:db9::1'],
    ['2001:db8::5', '2001:db8::5', '192.0.2.1'],
  ])('with address range %s admits %s and refuses %s', async (ipAddressRange, inside, outside) => {
    const registration = await activate({ ipAddressRange });
    await register.execute(registration, inside);
    await rejected(registration, outside);
    await rejected(registration, 'unknown');
  });

  it('refuses addresses that are none, and knows those with a zone', async () => {
    const registration = await activate({ ipAddressRange: 'fe80::/10' });
    for (const address of ['', 'unknown', '10.0.0.1']) await rejected(registration, address);
    await register.execute(registration, 'fe80::1%eth0');
  });

  it('refuses an id that is none before it asks the database', async () => {
    const registration = await activate();
    store.findForRegistration = () => Promise.reject(new Error('invalid byte sequence'));
    for (const activationId of ['', 'nobody', `${'0'.repeat(35)}\0`, '0'.repeat(36)])
      await rejected({ ...registration, activationId });
  });

  it('keeps a public key in one form, and never more than that', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = publicKey.export({ type: 'spki', format: 'pem' });
    const registration = await activate({ instanceCount: 9 });
    for (const publicKeyPem of [
      spki,
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
      `some text\n${spki.toString()}more`,
    ]) {
      const instance = await register.execute({ ...registration, publicKeyPem: publicKeyPem.toString() }, '');
      expect(instance.publicKeyPem).toBe(spki);
    }
  });

  it.each([
    ['no PEM at all', 'not a key'],
    ['a small RSA key', pemOf(1024)],
    [
      'an EC key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
    ],
  ])('refuses %s without using up the code', async (_, publicKeyPem) => {
    const registration = await activate({ instanceCount: 1 });
    await expect(register.execute({ ...registration, publicKeyPem }, '127.0.0.1')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await register.execute(registration, '127.0.0.1');
  });

  it('names instances after the prefix and their number, or as the machine wants', async () => {
    const registration = await activate({ instanceName: 'web', instanceCount: 1000 });
    expect((await register.execute(registration, '127.0.0.1')).name).toBe('web-0001');
    expect((await register.execute({ ...registration, instanceName: 'own-name' }, '127.0.0.1')).name).toBe(
      'own-name',
    );
    const small = await activate({ instanceName: 'db', instanceCount: 5 });
    expect((await register.execute(small, '127.0.0.1')).name).toBe('db-001');
  });

  it("lets the activation's tags win over the machine's, and the first of a machine's own", async () => {
    const registration = await activate({ tags: [{ key: 'team', value: 'a' }] });
    const tags = [
      { key: 'team', value: 'b' },
      { key: 'env', value: 'test' },
      { key: 'env', value: 'again' },
    ];
    expect((await register.execute({ ...registration, tags }, '127.0.0.1')).tags).toEqual([
      { key: 'team', value: 'a' },
      { key: 'env', value: 'test' },
    ]);
  });
});
