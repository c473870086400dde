import { InMemoryAgentDirectory, InMemoryQuotaLedger } from '@sallyport/coordination';
import type { AgentKick } from '@sallyport/fleet';
import {
  AppError,
  isAppError,
  type AccountId,
  type ChannelId,
  type InstanceId,
  type NodeId,
  type SessionId,
} from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChannelEvents, ChannelPath, DataPath } from './data-path.port.js';
import { LiveSessions, type SessionObserver } from './live-sessions.js';
import { instanceScope, regionScope } from './quota-ledger.port.js';
import { SessionJournal } from './session-journal.js';
import type { SessionChange, SessionRecord, SessionStore } from './session-store.port.js';
import type { EndReason } from './session.machine.js';

const ACCOUNT = '1000000000000001' as AccountId;
const INSTANCE = 'mi-one' as InstanceId;
const OTHER_INSTANCE = 'mi-other' as InstanceId;
const TIMES = { urlTtlMs: 600_000, idleTimeoutMs: 180_000, maxMs: 3_600_000, resumeMs: 300_000 };
const SECOND = 1_000;

/** A channel of the data path that only remembers; the test plays what happens on the sockets. */
class FakePath implements ChannelPath {
  hasClient = true;
  hasAgent = false;
  canClientResume = true;
  lastPayloadAtMs: number;
  bytesToClient = 0;
  bytesToAgent = 0;
  finished: { reason: string; aborted?: boolean; closeCode?: number } | undefined;

  constructor(
    readonly id: ChannelId,
    readonly kind: string,
    readonly events: ChannelEvents,
    private readonly clock: FakeClock,
  ) {
    this.lastPayloadAtMs = clock.nowMs();
  }

  finish(reason: string, options: { aborted?: boolean; closeCode?: number } = {}): Promise<void> {
    this.finished = { reason, ...options };
    return Promise.resolve();
  }

  payload(bytes = 1): void {
    this.lastPayloadAtMs = this.clock.nowMs();
    this.bytesToClient += bytes;
  }

  /** The agent's data socket is there and both ends are joined. */
  open(): void {
    this.hasAgent = true;
    this.events.opened();
  }

  loseAgent(): void {
    this.hasAgent = false;
    this.events.agentGone();
  }

  loseClient(how: 'closed' | 'lost'): void {
    this.hasClient = false;
    this.events.clientGone(how);
  }
}

class FakeStore {
  readonly records = new Map<SessionId, SessionRecord>();
  isAway = false;

  find(accountId: AccountId, id: SessionId): Promise<SessionRecord | undefined> {
    const record = this.records.get(id);
    return Promise.resolve(record?.accountId === accountId ? record : undefined);
  }

  update(_accountId: AccountId, id: SessionId, change: SessionChange): Promise<boolean> {
    if (this.isAway) return Promise.reject(new AppError('DEPENDENCY_UNAVAILABLE', 'away'));
    const record = this.records.get(id);
    if (record) this.records.set(id, { ...record, ...change });
    return Promise.resolve(record !== undefined);
  }

  listUnended(): Promise<readonly SessionRecord[]> {
    return Promise.resolve([...this.records.values()].filter(({ endedAtMs }) => endedAtMs === undefined));
  }
}

/** A node with one instance's agent connected, and everything that it said and did. */
function makeNode(limits = { sessionsPerRegion: 1_000, sessionsPerInstance: 20, bandwidthKbit: 200 }) {
  const clock = new FakeClock();
  const directory = new InMemoryAgentDirectory();
  const ledger = new InMemoryQuotaLedger(clock);
  const store = new FakeStore();
  const kicks: AgentKick[] = [];
  const paths: FakePath[] = [];
  const ended: { id: SessionId; reason: EndReason; bytesToClient: number }[] = [];
  const errors: unknown[] = [];
  const observer: SessionObserver = {
    attached: () => undefined,
    ended: ({ id }, reason, { bytesToClient }) => void ended.push({ id, reason, bytesToClient }),
    failed: (error) => void errors.push(error),
  };
  const dataPath: DataPath<FakePath> = {
    openSession: () => ({
      openChannel: (id, kind, events) => {
        const path = new FakePath(id, kind, events, clock);
        paths.push(path);
        return path;
      },
    }),
  };
  const sessions = store as unknown as SessionStore;
  const live = new LiveSessions<FakePath>({
    dataPath,
    directory,
    ledger,
    sessions,
    journal: new SessionJournal(sessions, clock, (error) => void errors.push(error)),
    clock,
    nodeId: 'n-test' as NodeId,
    limits,
    times: TIMES,
    observer,
  });
  return { clock, directory, ledger, store, kicks, paths, ended, errors, live };
}

type Node = ReturnType<typeof makeNode>;
let node: Node;
let sequence = 0;

beforeEach(async () => {
  node = makeNode();
  await connectAgent(node);
});

async function connectAgent({ directory, kicks }: Node): Promise<void> {
  await directory.arrive(INSTANCE, {
    isOwnAgent: false,
    send: (kick) => kicks.push(kick),
    replaced: () => undefined,
    removed: () => undefined,
  });
  await directory.ready(INSTANCE);
}

function addSession({ clock, store, live }: Node, changes: Partial<SessionRecord> = {}): SessionRecord {
  const createdAtMs = clock.nowMs();
  const record: SessionRecord = {
    id: `s-${++sequence}` as SessionId,
    accountId: ACCOUNT,
    region: 'local',
    instanceId: INSTANCE,
    principalArn: `acs:ram::${ACCOUNT}:root`,
    principalId: ACCOUNT,
    identityType: 'account',
    clientIp: '127.0.0.1',
    portNumber: undefined,
    targetServer: undefined,
    username: undefined,
    commandLine: undefined,
    state: 'created',
    nodeId: 'n-test' as NodeId,
    createdAtMs,
    urlExpiresAtMs: createdAtMs + TIMES.urlTtlMs,
    openedAtMs: undefined,
    endedAtMs: undefined,
    endReason: undefined,
    failedDetail: undefined,
    ...changes,
  };
  store.records.set(record.id, record);
  live.add(record);
  return record;
}

const claimsOf = ({ accountId, id, region }: SessionRecord) => ({ accountId, sessionId: id, region });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const recordOf = (id: SessionId): SessionRecord | undefined => node.store.records.get(id);

/** Attaches a client; the channel waits for its agent. */
async function attach(record: SessionRecord, channelId?: string): Promise<FakePath> {
  const attachment = await node.live.attach(claimsOf(record), channelId);
  attachment.joined();
  await settle();
  return attachment.path;
}

/** A shell or port session with a channel that is open. */
async function openSession(
  changes: Partial<SessionRecord> = {},
): Promise<{ record: SessionRecord; path: FakePath }> {
  const record = addSession(node, changes);
  const path = await attach(record);
  expect(node.live.handOut(INSTANCE, path.id)).toBeDefined();
  path.open();
  await settle();
  return { record, path };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'nothing thrown',
    (error: unknown) => (isAppError(error) ? error.code : String(error)),
  );
}

describe('attaching', () => {
  it('takes a session from created over opening to open, and writes each state', async () => {
    const record = addSession(node);
    const path = await attach(record);
    expect(recordOf(record.id)?.state).toBe('opening');
    path.open();
    await settle();
    expect(recordOf(record.id)).toMatchObject({ state: 'open', openedAtMs: node.clock.nowMs() });
  });

  it('refuses a second client of a shell', async () => {
    const { record } = await openSession();
    expect(await codeOf(node.live.attach(claimsOf(record)))).toBe('SESSION_STATE_CONFLICT');
  });

  it('refuses another account, an unknown and an ended session', async () => {
    const record = addSession(node);
    const foreign = { ...claimsOf(record), accountId: '1000000000000002' as AccountId };
    expect(await codeOf(node.live.attach(foreign))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(node.live.attach({ ...claimsOf(record), sessionId: 's-none' as SessionId }))).toBe(
      'SESSION_NOT_FOUND',
    );
    node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(await codeOf(node.live.attach(claimsOf(record)))).toBe('SESSION_ENDED');
  });

  it('refuses a first use that comes too late, and ends the session as UrlExpired', async () => {
    const record = addSession(node);
    node.clock.advance(TIMES.urlTtlMs - 1);
    node.clock.advance(1);
    expect(await codeOf(node.live.attach(claimsOf(record)))).not.toBe('nothing thrown');
    await node.clock.advanceAsync(2 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'aborted', endReason: 'UrlExpired' });
  });

  it('aborts a client when the instance is full, and leaves its session as it was', async () => {
    node = makeNode({ sessionsPerRegion: 10, sessionsPerInstance: 1, bandwidthKbit: 200 });
    await connectAgent(node);
    const first = await openSession();
    const record = addSession(node);
    const path = await attach(record);
    expect(path.finished).toMatchObject({ aborted: true });
    expect(path.finished?.reason).toMatch(/^SessionCount\.ExceedLimit: .*limit is 1, 1 are in use/);
    expect(recordOf(record.id)?.state).toBe('created');

    first.path.loseClient('closed');
    await settle();
    expect((await attach(record)).finished).toBeUndefined();
  });

  it('opens up to 64 channels of a port session, and no more', async () => {
    const record = addSession(node, { portNumber: 22 });
    for (let i = 0; i < 64; i++) await attach(record);
    expect(await codeOf(node.live.attach(claimsOf(record)))).toBe('RATE_LIMITED');
  });
});

describe('waking the agent', () => {
  it('repeats the kick, with growing distance, until the agent fetches', async () => {
    const path = await attach(addSession(node));
    const start = { kind: 'session', action: 'start', channelId: path.id };
    expect(node.kicks).toEqual([start]);
    node.clock.advance(SECOND);
    expect(node.kicks).toHaveLength(2);
    node.clock.advance(SECOND);
    expect(node.kicks).toHaveLength(2);
    node.clock.advance(SECOND);
    expect(node.kicks).toHaveLength(3);
    expect(node.live.handOut(INSTANCE, path.id)).toMatchObject({
      channelId: path.id,
      bitsPerSecond: 204_800,
    });
    node.clock.advance(7 * SECOND);
    expect(node.kicks).toHaveLength(3);
  });

  it('hands a channel out once, and again when 8 s brought neither socket nor report', async () => {
    const path = await attach(addSession(node));
    expect(node.live.handOut(INSTANCE, path.id)).toBeDefined();
    expect(node.live.handOut(INSTANCE, path.id)).toBeUndefined();
    node.clock.advance(8 * SECOND - 1);
    expect(node.live.handOut(INSTANCE, path.id)).toBeUndefined();
    node.clock.advance(1);
    expect(node.live.handOut(INSTANCE, path.id)).toBeDefined();
  });

  it('gives another instance nothing, neither by fetch nor by dial', async () => {
    const path = await attach(addSession(node));
    expect(node.live.handOut(OTHER_INSTANCE, path.id)).toBeUndefined();
    expect(() => node.live.join(OTHER_INSTANCE, path.id)).toThrow('no such channel');
    expect(node.live.join(INSTANCE, path.id).path).toBe(path);
  });

  it('gives up after 30 s', async () => {
    const record = addSession(node);
    const path = await attach(record);
    await node.clock.advanceAsync(29 * SECOND, SECOND);
    expect(recordOf(record.id)?.state).toBe('opening');
    await node.clock.advanceAsync(2 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'aborted', endReason: 'AgentTimeout' });
    expect(path.finished?.reason).toBe('AgentTimeout');
    expect(() => node.live.join(INSTANCE, path.id)).toThrow('no such channel');
  });
});

describe('ending', () => {
  it('tells the client Exit and the agent nothing when the shell has ended', async () => {
    const { record, path } = await openSession();
    path.payload(42);
    path.events.exited({ code: 3 });
    await settle();
    expect(path.finished).toEqual({ reason: 'Exit' });
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'AgentExited' });
    expect(node.kicks.filter(({ action }) => action === 'stop')).toEqual([]);
    expect(node.ended).toEqual([{ id: record.id, reason: 'AgentExited', bytesToClient: 42 }]);
    expect(node.live.size).toBe(0);
  });

  it('waits for the data socket after a report of the agent, since output may be on its way', async () => {
    const { record, path } = await openSession();
    node.live.report(INSTANCE, path.id, 'Ok');
    expect(path.finished).toBeUndefined();
    path.loseAgent();
    await settle();
    expect(recordOf(record.id)).toMatchObject({ endReason: 'AgentExited' });
  });

  it('does not wait for ever after a report', async () => {
    const { record, path } = await openSession();
    node.live.report(INSTANCE, path.id, 'Timeout');
    await node.clock.advanceAsync(22 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ endReason: 'AgentTimeout' });
  });

  it('ends at once with a report that comes without a data socket', async () => {
    const record = addSession(node);
    const path = await attach(record);
    node.live.handOut(INSTANCE, path.id);
    node.live.report(INSTANCE, path.id, 'Open_channel_failed', 'certificate signed by unknown authority');
    await settle();
    expect(path.finished?.reason).toBe('OpenChannelFailed');
    expect(recordOf(record.id)).toMatchObject({
      state: 'aborted',
      failedDetail: 'certificate signed by unknown authority',
    });
  });

  it('gives an agent that lost its data socket 15 s to dial again', async () => {
    const { record, path } = await openSession();
    path.loseAgent();
    await node.clock.advanceAsync(14 * SECOND, SECOND);
    path.hasAgent = true;
    node.live.join(INSTANCE, path.id).joined();
    await node.clock.advanceAsync(20 * SECOND, SECOND);
    expect(recordOf(record.id)?.state).toBe('open');
    path.loseAgent();
    await node.clock.advanceAsync(16 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'AgentTimeout' });
  });

  it('stops the agent when the client leaves', async () => {
    const { record, path } = await openSession();
    path.loseClient('closed');
    await settle();
    expect(recordOf(record.id)).toMatchObject({ endReason: 'ClientClosed' });
    expect(node.kicks.at(-1)).toEqual({ kind: 'session', action: 'stop', channelId: path.id });
  });

  it('keeps the first reason', async () => {
    const { record, path } = await openSession();
    expect(node.live.end(record.id, 'EndedByApi')).toBe(true);
    node.live.end(record.id, 'MaxDuration');
    path.events.violated('client', 1002, 'text frame');
    await settle();
    expect(recordOf(record.id)).toMatchObject({ endReason: 'EndedByApi' });
    expect(node.ended).toHaveLength(1);
  });

  it('closes both ends with the code of a broken protocol', async () => {
    const { record, path } = await openSession();
    path.events.violated('client', 1009, 'too large');
    await settle();
    expect(path.finished).toMatchObject({ reason: 'ProcessDataError', closeCode: 1009 });
    expect(recordOf(record.id)).toMatchObject({
      endReason: 'ProtocolError',
      failedDetail: 'client: too large',
    });
  });

  it('ends all sessions of an instance that is removed, and no others', async () => {
    const { record } = await openSession();
    const other = addSession(node, { instanceId: OTHER_INSTANCE });
    node.live.endOfInstance(INSTANCE, 'InstanceDeregistered');
    await settle();
    expect(recordOf(record.id)?.endReason).toBe('InstanceDeregistered');
    expect(recordOf(other.id)?.state).toBe('created');
  });
});

describe('time', () => {
  it('ends a session that is idle; keep-alives do not count, payload does', async () => {
    const { record, path } = await openSession();
    await node.clock.advanceAsync(TIMES.idleTimeoutMs - SECOND, SECOND);
    path.payload();
    await node.clock.advanceAsync(TIMES.idleTimeoutMs - SECOND, SECOND);
    expect(recordOf(record.id)?.state).toBe('open');
    await node.clock.advanceAsync(2 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'IdleTimeout' });
  });

  it('ends a session at its longest time, however busy it is', async () => {
    const { record, path } = await openSession();
    for (let at = 0; at <= TIMES.maxMs; at += 60_000) {
      path.payload();
      await node.clock.advanceAsync(60_000, 60_000);
    }
    expect(recordOf(record.id)).toMatchObject({ endReason: 'MaxDuration' });
  });

  it('lets a client come back to its channel while the resume time runs', async () => {
    const { record, path } = await openSession();
    path.loseClient('lost');
    await node.clock.advanceAsync(TIMES.resumeMs - 2 * SECOND, SECOND);
    expect(recordOf(record.id)?.state).toBe('detached');
    expect(await codeOf(node.live.attach(claimsOf(record), 'f'.repeat(32)))).toBe('CHANNEL_NOT_FOUND');
    expect(await attach(record, path.id)).toBe(path);
    path.payload();
    await settle();
    expect(recordOf(record.id)?.state).toBe('open');
    await node.clock.advanceAsync(5 * SECOND, SECOND);
    expect(recordOf(record.id)?.state).toBe('open');
  });

  it('ends a detached session that nobody comes back to', async () => {
    const { record, path } = await openSession();
    path.loseClient('lost');
    await node.clock.advanceAsync(TIMES.resumeMs + 2 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'ClientClosed' });
  });

  it('ends a session at once when its lost client cannot come back', async () => {
    const { record, path } = await openSession();
    path.canClientResume = false;
    path.loseClient('lost');
    await settle();
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'ClientClosed' });
  });
});

describe('port sessions', () => {
  it('outlive a channel whose target cannot be reached, until they are idle', async () => {
    const { record, path } = await openSession({ portNumber: 5432 });
    const second = await attach(record);
    second.events.targetFailed('connection refused');
    await settle();
    expect(second.finished?.reason).toBe('TargetUnreachable: connection refused');
    expect(path.finished).toBeUndefined();
    path.loseClient('closed');
    await settle();
    expect(recordOf(record.id)?.state).toBe('open');
    await node.clock.advanceAsync(TIMES.idleTimeoutMs + 2 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'IdleTimeout' });
  });
});

describe('leases', () => {
  it('are renewed while the session lives, and given back when it ends', async () => {
    const { record, path } = await openSession();
    const scopes = [regionScope(ACCOUNT, 'local'), instanceScope(ACCOUNT, INSTANCE)];
    const used = () => Promise.all(scopes.map((scope) => node.ledger.used(scope)));
    for (let i = 0; i < 12; i++) {
      path.payload();
      await node.clock.advanceAsync(10 * SECOND, SECOND);
      expect(await used()).toEqual([1, 1]);
    }
    node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(await used()).toEqual([0, 0]);
  });
});

describe('a restart', () => {
  it('keeps sessions that nobody has attached, and closes the others as lost', async () => {
    const waiting = addSession(node);
    const { record: open } = await openSession();
    const { clock, store } = node;
    const restarted = makeNode();
    for (const record of store.records.values()) restarted.store.records.set(record.id, record);
    restarted.clock.advance(clock.nowMs() - restarted.clock.nowMs());
    node = restarted;
    await connectAgent(node);
    await node.live.recover('local');
    await settle();
    expect(recordOf(open.id)).toMatchObject({ state: 'closed', endReason: 'NodeLost' });
    expect(await node.ledger.used(regionScope(ACCOUNT, 'local'))).toBe(1);
    expect((await attach(waiting)).finished).toBeUndefined();
  });
});

describe('while the database is away', () => {
  it('sessions go on, and what became of them is written later', async () => {
    const { record, path } = await openSession();
    node.store.isAway = true;
    path.loseClient('lost');
    await attach(record, path.id);
    node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(recordOf(record.id)?.state).toBe('open');
    expect(node.errors.length).toBeGreaterThan(0);
    node.store.isAway = false;
    await node.clock.advanceAsync(10 * SECOND, SECOND);
    expect(recordOf(record.id)).toMatchObject({ state: 'closed', endReason: 'EndedByApi' });
  });
});
