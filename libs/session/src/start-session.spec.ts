import { InMemoryAgentDirectory, InMemoryQuotaLedger } from '@sallyport/coordination';
import type { Instance } from '@sallyport/fleet';
import { rootPrincipal } from '@sallyport/iam';
import {
  AppError,
  isAppError,
  type AccessKeyId,
  type AccountId,
  type ActivationId,
  type InstanceId,
  type NodeId,
  type SessionId,
} from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { instanceScope, regionScope } from './quota-ledger.port.js';
import type { SessionRecord } from './session-store.port.js';
import { StartSession, type SessionRequest, type StartSessionParts } from './start-session.usecase.js';

const ACCOUNT = '1000000000000001' as AccountId;
const PRINCIPAL = rootPrincipal(ACCOUNT, 'LTAItest' as AccessKeyId);
const ID = 'mi-one' as InstanceId;
const REGION = 'local';

const INSTANCE: Instance = {
  id: ID,
  accountId: ACCOUNT,
  region: REGION,
  name: 'one',
  hostname: 'one',
  machineId: 'm',
  publicKeyPem: '',
  osType: 'linux',
  osVersion: '',
  agentVersion: '1.0.0.1',
  intranetIp: '',
  internetIp: '',
  tags: [],
  activationId: 'a' as ActivationId,
  registeredAtMs: 0,
  lastHeartbeatAtMs: undefined,
};

/** Everything that starting a session stands on, with one connected instance; `state` is what a test changes. */
function makeStage() {
  const clock = new FakeClock();
  const directory = new InMemoryAgentDirectory();
  const ledger = new InMemoryQuotaLedger(clock);
  const state = { isEnabled: true, instance: INSTANCE, isStoreAway: false, isTicketRefused: false };
  const inserted: SessionRecord[] = [];
  const hosted: SessionRecord[] = [];
  const parts = {
    instances: {
      find: (account: AccountId, region: string, id: InstanceId) =>
        Promise.resolve(account === ACCOUNT && region === REGION && id === ID ? state.instance : undefined),
    },
    directory,
    settings: { get: () => Promise.resolve({ isSessionManagerEnabled: state.isEnabled }) },
    ledger,
    sessions: {
      insert: (record: SessionRecord) => {
        if (state.isStoreAway) return Promise.reject(new AppError('DEPENDENCY_UNAVAILABLE', 'away'));
        inserted.push(record);
        return Promise.resolve();
      },
    },
    tickets: {
      issue: () =>
        state.isTicketRefused ? Promise.reject(new Error('no key')) : Promise.resolve('a-ticket'),
    },
    host: { add: (record: SessionRecord) => void hosted.push(record) },
    clock,
    region: REGION,
    nodeId: 'n-test' as NodeId,
    limits: { sessionsPerRegion: 2, sessionsPerInstance: 1, bandwidthKbit: 200 },
    times: { urlTtlMs: 600_000, idleTimeoutMs: 1, maxMs: 1_000, resumeMs: 1 },
  } as unknown as StartSessionParts;
  const useCase = new StartSession(parts);
  const start = (request: Partial<SessionRequest> = {}) =>
    useCase.execute(PRINCIPAL, { instanceId: ID, clientIp: '127.0.0.1', ...request });
  return { clock, directory, ledger, state, inserted, hosted, useCase, start };
}

let stage: ReturnType<typeof makeStage>;

beforeEach(async () => {
  stage = makeStage();
  await connect(false);
});

const connect = (isOwnAgent: boolean) =>
  stage.directory.arrive(ID, {
    isOwnAgent,
    send: () => undefined,
    replaced: () => undefined,
    removed: () => undefined,
  });

async function refusalOf(call: Promise<unknown>): Promise<AppError> {
  const error = await call.then(
    () => new Error('nothing thrown'),
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw error;
  return error;
}

/** Whatever is refused must leave no trace. */
async function expectNothingReserved(): Promise<void> {
  expect(await stage.ledger.used(regionScope(ACCOUNT, REGION))).toBe(0);
  expect([stage.inserted, stage.hosted]).toEqual([[], []]);
}

describe('StartSession', () => {
  it('stores a session that waits for its client, holds a slot for it and gives a ticket', async () => {
    const { session, ticket } = await stage.start({ username: 'alice' });
    expect(ticket).toBe('a-ticket');
    expect(session).toMatchObject({
      accountId: ACCOUNT,
      instanceId: ID,
      state: 'created',
      username: 'alice',
      urlExpiresAtMs: stage.clock.nowMs() + 600_000,
    });
    expect([stage.inserted, stage.hosted]).toEqual([[session], [session]]);
    expect(await stage.ledger.used(regionScope(ACCOUNT, REGION))).toBe(1);
  });

  it('refuses while the feature is off', async () => {
    stage.state.isEnabled = false;
    expect((await refusalOf(stage.start())).code).toBe('SESSION_MANAGER_DISABLED');
    await expectNothingReserved();
  });

  it('knows neither unknown instances nor those of other accounts', async () => {
    expect((await refusalOf(stage.start({ instanceId: 'mi-none' as InstanceId }))).code).toBe(
      'INSTANCE_NOT_FOUND',
    );
    const stranger = rootPrincipal('1000000000000002' as AccountId, 'LTAIother' as AccessKeyId);
    const call = stage.useCase.execute(stranger, { instanceId: ID, clientIp: '' });
    expect((await refusalOf(call)).code).toBe('INSTANCE_NOT_FOUND');
    await expectNothingReserved();
  });

  it('refuses an instance whose agent is not connected', async () => {
    await stage.directory.forget(ID);
    expect((await refusalOf(stage.start())).code).toBe('INSTANCE_OFFLINE');
    await expectNothingReserved();
  });

  it.each([
    ['linux', '2.2.3.188', 'AGENT_TOO_OLD'],
    ['windows', '2.1.3.188', 'AGENT_TOO_OLD'],
    ['linux', '2.2.3.256', 'FORWARDING_NOT_SUPPORTED'],
    ['windows', '2.1.3.256', 'FORWARDING_NOT_SUPPORTED'],
  ])('refuses to forward with the %s agent %s: %s', async (osType, agentVersion, code) => {
    stage.state.instance = { ...INSTANCE, osType, agentVersion };
    expect((await refusalOf(stage.start({ portNumber: 22 }))).code).toBe(code);
    await expectNothingReserved();
  });

  it.each([
    ['linux', '2.2.3.189'],
    ['windows', '2.1.3.189'],
    ['linux', '1.0.0.1'],
    ['linux', '0.1.0.0'],
    ['linux', 'custom'],
  ])('opens shells with the %s agent %s', async (osType, agentVersion) => {
    stage.state.instance = { ...INSTANCE, osType, agentVersion };
    expect((await stage.start()).session.state).toBe('created');
  });

  it('tells which limit is reached, its value and what is used', async () => {
    await stage.start();
    await stage.start();
    const { code, details, message } = await refusalOf(stage.start());
    expect([code, details]).toEqual([
      'QUOTA_EXCEEDED',
      { limit: 'sessions in the region', value: 2, used: 2 },
    ]);
    expect(message).toContain('2');
    stage.clock.advance(30_000);
    expect((await stage.start()).session.state).toBe('created');
  });

  it('refuses early when the instance has all its connected sessions', async () => {
    await stage.ledger.acquire(instanceScope(ACCOUNT, ID), 's-other' as SessionId, 1, 30_000);
    expect((await refusalOf(stage.start())).details['limit']).toBe('connected sessions of the instance');
    await expectNothingReserved();
  });

  it('gives the slot back when the session cannot be stored', async () => {
    stage.state.isStoreAway = true;
    expect((await refusalOf(stage.start())).code).toBe('DEPENDENCY_UNAVAILABLE');
    await expectNothingReserved();
  });
});

describe('StartSession while something fails', () => {
  it('stores no session that nobody could attach to', async () => {
    stage.state.isTicketRefused = true;
    await expect(stage.start()).rejects.toThrow('no key');
    await expectNothingReserved();
  });

  it('tells what failed first, also when the slot cannot be given back', async () => {
    stage.state.isStoreAway = true;
    stage.ledger.release = () => Promise.reject(new Error('ledger away'));
    expect((await refusalOf(stage.start())).message).toBe('away');
  });

  it.each([undefined, 22])('never gives more slots than there are (port %s)', async (portNumber) => {
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => stage.start({ portNumber })));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect([stage.inserted.length, stage.hosted.length]).toEqual([2, 2]);
  });
});

describe('forwarding targets', () => {
  it.each([
    '169.254.169.254',
    '[fe80::1]',
    'fe80::1',
    '100.100.100.200',
    'fd00:ec2::254',
    'FE80::1',
    'fe80::1%eth0',
    'fd00:ec2:0:0:0:0:0:254',
    '::ffff:169.254.169.254',
    '[::ffff:169.254.169.254]',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::ffff:100.100.100.200',
    '::169.254.169.254',
    '::6464:64c8',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::100.100.100.200',
    '2852039166',
    '0xa9fea9fe',
    '0XA9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.254.169.254.',
    '025177524776',
    '127.1',
  ])('never include %s, whatever the agent', async (targetServer) => {
    expect((await refusalOf(stage.start({ portNumber: 80, targetServer }))).code).toBe('TARGET_FORBIDDEN');
    await connect(true);
    expect((await refusalOf(stage.start({ portNumber: 80, targetServer }))).code).toBe('TARGET_FORBIDDEN');
  });

  it.each([
    '10.0.0.1',
    '127.0.0.1',
    '192.168.1.1',
    '100.100.100.201',
    '::1',
    '[::1]',
    'fd00::1',
    'localhost',
    undefined,
  ])('may be %s with any agent', async (targetServer) => {
    expect((await stage.start({ portNumber: 80, targetServer })).session.targetServer).toBe(targetServer);
  });

  it.each(['169.254.169.254.nip.io', '0x', 'db-1', '1.db', '[localhost]', 'localhost.', ''])(
    'may not be "%s" with an agent that resolves by itself',
    async (targetServer) => {
      expect((await refusalOf(stage.start({ portNumber: 80, targetServer }))).code).toBe('TARGET_FORBIDDEN');
      await expectNothingReserved();
    },
  );

  it('may be a name only where the agent checks what it resolves to', async () => {
    const request = { portNumber: 5432, targetServer: 'db.internal' };
    expect((await refusalOf(stage.start(request))).code).toBe('TARGET_FORBIDDEN');
    await connect(true);
    expect((await stage.start(request)).session.targetServer).toBe('db.internal');
  });
});
