import { InMemoryAgentDirectory, InMemoryQuotaLedger } from '@sallyport/coordination';
import type { AccountId, InstanceId, SessionId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  codeOf,
  INSTANCE,
  NodeHarness,
  REGION,
  SECOND,
  settle,
  TIMES,
  type FakeSessionStore,
} from './live-sessions-harness.js';
import { EndSession } from './end-session.usecase.js';
import { instanceScope, regionScope, type QuotaScope } from './quota-ledger.port.js';
import type { SessionLimits } from './session-limits.js';
import type { SessionRecord } from './session-store.port.js';

const OTHER_INSTANCE = 'mi-other' as InstanceId;
const SCOPES = [regionScope(ACCOUNT, REGION), instanceScope(ACCOUNT, INSTANCE)];

let node: NodeHarness<FakeClock>;

/** A node that starts, on what an earlier one has left. */
async function startNode(
  limits: Partial<SessionLimits> = {},
  earlier?: { store: FakeSessionStore; clock: FakeClock },
): Promise<void> {
  const clock = new FakeClock(earlier?.clock.nowMs());
  const ledger = new InMemoryQuotaLedger(clock);
  const directory = new InMemoryAgentDirectory();
  node = new NodeHarness({ clock, ledger, directory, limits, ...(earlier && { store: earlier.store }) });
  await node.connectAgent();
}

beforeEach(() => startNode());

/** Slots that are held in the region and on the instance. */
const usedSlots = () => Promise.all(SCOPES.map((scope) => node.ledger.used(scope)));

describe('attaching', () => {
  it('takes a session from created over opening to open, and writes each state', async () => {
    const record = node.addSession();
    const path = await node.attach(record);
    expect(node.recordOf(record).state).toBe('opening');
    await node.pair(path);
    expect(node.recordOf(record)).toMatchObject({ state: 'open', openedAtMs: node.clock.nowMs() });
  });

  it('refuses a second client of a shell', async () => {
    const { record } = await node.openSession();
    expect(await codeOf(node.dial(record))).toBe('SESSION_STATE_CONFLICT');
  });

  it('refuses another account, an unknown and an ended session', async () => {
    const record = node.addSession();
    const foreign = { ...record, accountId: '1000000000000002' as AccountId };
    expect(await codeOf(node.dial(foreign))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(node.dial({ ...record, id: 's-none' as SessionId }))).toBe('SESSION_NOT_FOUND');
    void node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(await codeOf(node.dial(record))).toBe('SESSION_ENDED');
  });

  it('is possible until the last moment of the URL, and not after it', async () => {
    const early = node.addSession();
    const late = node.addSession();
    node.clock.advance(TIMES.urlTtlMs - 1);
    expect(await codeOf(node.dial(early))).toBe('nothing thrown');
    // Sessions are looked after once a second: in between, the URL itself says no.
    const later = node.addSession({ urlExpiresAtMs: node.clock.nowMs() + 500 });
    node.clock.advance(500);
    expect(await codeOf(node.dial(later))).toBe('TICKET_EXPIRED');
    await node.clock.advanceAsync(SECOND);
    for (const record of [late, later])
      expect(node.recordOf(record)).toMatchObject({ state: 'aborted', endReason: 'UrlExpired' });
    expect(node.recordOf(early).state).toBe('opening');
  });

  it('aborts a client when the instance is full, and leaves its session as it was', async () => {
    await startNode({ sessionsPerInstance: 1 });
    const first = await node.openSession();
    const record = node.addSession();
    const path = await node.attach(record);
    expect(path.finished).toMatchObject({ aborted: true });
    expect(path.finished?.reason).toMatch(/^SessionCount\.ExceedLimit: .*limit is 1, 1 are in use/);
    expect(node.recordOf(record).state).toBe('created');
    expect(() => node.live.join(INSTANCE, path.id)).toThrow('no such channel');

    first.path.loseClient('closed');
    await settle();
    expect((await node.attach(record)).finished).toBeUndefined();
  });

  it('ends a shell whose client left before its upgrade was answered', async () => {
    const record = node.addSession();
    const attachment = await node.dial(record);
    attachment.abandoned();
    await settle();
    expect(node.recordOf(record)).toMatchObject({ state: 'aborted', endReason: 'ClientClosed' });
    expect(node.kicks).toEqual([]);
  });

  it('opens up to 64 channels of a port session, and no more', async () => {
    const record = node.addSession({ portNumber: 22 });
    for (let i = 0; i < 63; i++) await node.attach(record);
    const last = await node.attach(record);
    expect(await codeOf(node.dial(record))).toBe('RATE_LIMITED');
    last.loseClient('closed');
    await settle();
    expect(await codeOf(node.dial(record))).toBe('nothing thrown');
  });
});

describe('waking the agent', () => {
  it('repeats the kick, with growing distance, until the agent fetches', async () => {
    const path = await node.attach(node.addSession());
    const start = { kind: 'session', action: 'start', channelId: path.id };
    const atMs: number[] = [];
    for (let ms = 0; ms <= 16 * SECOND; ms += SECOND) {
      atMs.push(...node.kicks.splice(0).map(() => ms));
      node.clock.advance(SECOND);
    }
    expect(atMs).toEqual([0, 1, 3, 7, 11, 15].map((s) => s * SECOND));
    node.clock.advance(3 * SECOND);
    expect(node.kicks).toEqual([start]);
    expect(node.live.handOut(INSTANCE, path.id)).toMatchObject({
      channelId: path.id,
      bitsPerSecond: 204_800,
    });
    node.clock.advance(7 * SECOND);
    expect(node.kicks).toEqual([start]);
  });

  it('kicks no more once the data socket is there', async () => {
    await node.openSession();
    await node.clock.advanceAsync(20 * SECOND, SECOND);
    expect(node.kicks).toHaveLength(1);
  });

  it('hands a channel out once, and again when 8 s brought neither socket nor report', async () => {
    const path = await node.attach(node.addSession());
    expect(node.live.handOut(INSTANCE, path.id)).toBeDefined();
    expect(node.live.handOut(INSTANCE, path.id)).toBeUndefined();
    node.clock.advance(8 * SECOND - 1);
    expect(node.live.handOut(INSTANCE, path.id)).toBeUndefined();
    node.clock.advance(1);
    expect(node.live.handOut(INSTANCE, path.id)).toBeDefined();
  });

  it('never hands a channel out again whose data socket has been there: it would get a second shell', async () => {
    const { path } = await node.openSession();
    path.loseAgent();
    node.clock.advance(10 * SECOND);
    expect(node.live.handOut(INSTANCE, path.id)).toBeUndefined();
  });

  it('gives another instance nothing, neither by fetch nor by dial nor for a report', async () => {
    const path = await node.attach(node.addSession());
    expect(node.live.handOut(OTHER_INSTANCE, path.id)).toBeUndefined();
    expect(() => node.live.join(OTHER_INSTANCE, path.id)).toThrow('no such channel');
    node.live.report(OTHER_INSTANCE, path.id, 'Ok');
    expect(path.finished).toBeUndefined();
    expect(node.live.join(INSTANCE, path.id).path).toBe(path);
  });

  it('gives up after 30 s', async () => {
    const record = node.addSession();
    const path = await node.attach(record);
    await node.clock.advanceAsync(29 * SECOND, SECOND);
    expect(node.recordOf(record).state).toBe('opening');
    await node.clock.advanceAsync(SECOND, SECOND);
    expect(node.recordOf(record)).toMatchObject({ state: 'aborted', endReason: 'AgentTimeout' });
    expect(path.finished?.reason).toBe('AgentTimeout');
    expect(() => node.live.join(INSTANCE, path.id)).toThrow('no such channel');
    expect(node.live.handOut(INSTANCE, path.id)).toBeUndefined();
  });
});

describe('a client that is lost while its session opens', () => {
  it('finds the agent there when it comes back, also after the time that an agent has', async () => {
    const record = node.addSession();
    const path = await node.attach(record);
    path.loseClient('lost');
    path.hasAgent = true;
    node.live.join(INSTANCE, path.id).joined();
    await node.clock.advanceAsync(60 * SECOND, SECOND);
    expect(node.recordOf(record).state).toBe('opening');
    expect(await node.attach(record, path.id)).toBe(path);
    path.events.opened();
    await settle();
    expect(node.recordOf(record).state).toBe('open');
  });

  it('is waited for no longer than any other', async () => {
    const record = node.addSession();
    const path = await node.attach(record);
    path.loseClient('lost');
    path.hasAgent = true;
    node.live.join(INSTANCE, path.id).joined();
    await node.clock.advanceAsync(TIMES.resumeMs, SECOND);
    expect(node.recordOf(record)).toMatchObject({ state: 'aborted', endReason: 'ClientClosed' });
  });
});

describe('leases', () => {
  it('are renewed while the session lives, and given back when it ends', async () => {
    const { record, path } = await node.openSession();
    for (let i = 0; i < 12; i++) {
      path.payload();
      await node.clock.advanceAsync(10 * SECOND, SECOND);
      expect(await usedSlots()).toEqual([1, 1]);
    }
    void node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(await usedSlots()).toEqual([0, 0]);
  });

  it('hold the region only while nobody has attached', async () => {
    node.addSession();
    await node.clock.advanceAsync(60 * SECOND, SECOND);
    expect(await usedSlots()).toEqual([1, 0]);
  });
});

describe('the slot of the instance', () => {
  it('is not taken by a client that asks for a channel which is not there', async () => {
    const record = node.addSession();
    expect(await codeOf(node.dial(record, 'f'.repeat(32)))).toBe('CHANNEL_NOT_FOUND');
    expect(await usedSlots()).toEqual([0, 0]);
  });

  it('is given back when the session ends while it is taken', async () => {
    const record = node.addSession();
    const dialling = node.dial(record);
    void node.live.end(record.id, 'EndedByApi');
    expect(await codeOf(dialling)).toBe('SESSION_ENDED');
    await settle();
    expect(await usedSlots()).toEqual([0, 0]);
  });

  it('is not asked for again by a client that comes back: its session is there', async () => {
    await startNode({ sessionsPerInstance: 1 });
    const { record, path } = await node.openSession();
    path.loseClient('lost');
    const [, instance] = SCOPES as [QuotaScope, QuotaScope];
    await node.ledger.release(instance, record.id);
    await node.ledger.acquire(instance, 's-other' as SessionId, 1, 60 * SECOND);
    expect((await node.attach(record, path.id)).finished).toBeUndefined();
    expect(node.recordOf(record).state).toBe('open');
  });
});

describe('ending over the API', () => {
  const endByApi = (record: SessionRecord): Promise<void> =>
    new EndSession(node.store, node.live, node.clock).execute(record.accountId, record.id, 'EndedByApi');

  it('answers when the record says so', async () => {
    const { record } = await node.openSession();
    await endByApi(record);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'EndedByApi' });
    await endByApi(record);
  });

  it('does not overwrite an end that is still being written', async () => {
    const { record, path } = await node.openSession();
    const update = node.store.update.bind(node.store);
    node.store.update = async (...change) => {
      await settle();
      return update(...change);
    };
    path.events.exited({ code: 0 });
    await endByApi(record);
    expect(node.recordOf(record)).toMatchObject({ endReason: 'AgentExited' });
  });

  it('answers all the same when the record cannot be written soon', async () => {
    const { record } = await node.openSession();
    node.store.isAway = true;
    let isAnswered = false;
    void endByApi(record).then(() => (isAnswered = true));
    await settle();
    await node.clock.advanceAsync(2 * SECOND);
    expect(isAnswered).toBe(true);
    expect(await codeOf(node.dial(record))).toBe('SESSION_ENDED');
  });

  it('ends what another node has left behind, and knows no session of another account', async () => {
    const { record } = await node.openSession();
    const earlier = node;
    await startNode({}, earlier);
    await endByApi(record);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'EndedByApi' });
    const foreign = { ...record, accountId: '1000000000000002' as AccountId };
    expect(await codeOf(endByApi(foreign))).toBe('SESSION_NOT_FOUND');
  });
});

describe('a restart', () => {
  it('keeps sessions that nobody has attached, with their slot, and closes the others as lost', async () => {
    const waiting = node.addSession();
    const opening = node.addSession();
    await node.attach(opening);
    const { record: open } = await node.openSession();
    const { record: detached, path } = await node.openSession();
    path.loseClient('lost');
    await settle();

    await startNode({}, node);
    await node.live.recover(REGION);
    await settle();
    expect(node.recordOf(opening)).toMatchObject({ state: 'aborted', endReason: 'NodeLost' });
    for (const record of [open, detached])
      expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'NodeLost' });
    expect(await usedSlots()).toEqual([1, 0]);
    expect(await codeOf(node.dial(open))).toBe('SESSION_ENDED');
    expect((await node.attach(waiting)).finished).toBeUndefined();
    expect(await usedSlots()).toEqual([1, 1]);
  });

  it('ends what waited when its URL expired meanwhile', async () => {
    const waiting = node.addSession();
    await startNode({}, { store: node.store, clock: new FakeClock(waiting.urlExpiresAtMs) });
    await node.live.recover(REGION);
    await node.clock.advanceAsync(SECOND);
    expect(node.recordOf(waiting)).toMatchObject({ state: 'aborted', endReason: 'UrlExpired' });
  });
});

describe('while the database is away', () => {
  it('sessions go on, and what became of them is written later', async () => {
    const { record, path } = await node.openSession();
    node.store.isAway = true;
    path.loseClient('lost');
    await node.attach(record, path.id);
    void node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(node.recordOf(record).state).toBe('open');
    expect(node.errors.length).toBeGreaterThan(0);
    node.store.isAway = false;
    await node.clock.advanceAsync(10 * SECOND, SECOND);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'EndedByApi' });
  });
});
