import { InMemoryAgentDirectory, InMemoryQuotaLedger } from '@sallyport/coordination';
import type { InstanceId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, INSTANCE, NodeHarness, SECOND, settle, TIMES } from './live-sessions-harness.js';

let node: NodeHarness<FakeClock>;

beforeEach(async () => {
  const clock = new FakeClock();
  node = new NodeHarness({
    clock,
    ledger: new InMemoryQuotaLedger(clock),
    directory: new InMemoryAgentDirectory(),
  });
  await node.connectAgent();
});

/** Lets time pass, in the steps in which sessions are looked after. */
const pass = (ms: number): Promise<void> => node.clock.advanceAsync(ms, SECOND);
const stops = () => node.kicks.filter(({ action }) => action === 'stop');

describe('a shell session ends', () => {
  it('with its shell: the client hears Exit, the agent needs no stop', async () => {
    const { record, path } = await node.openSession();
    path.payload(42);
    path.events.exited({ code: 3 });
    await settle();
    expect(path.finished).toEqual({ reason: 'Exit' });
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'AgentExited' });
    expect(stops()).toEqual([]);
    expect(node.ended).toEqual([
      { id: record.id, reason: 'AgentExited', bytesToClient: 42, bytesToAgent: 0, durationMs: 0 },
    ]);
    expect(node.live.size).toBe(0);
  });

  it('when its client leaves, and the agent is told to stop', async () => {
    const { record, path } = await node.openSession();
    path.loseClient('closed');
    await settle();
    expect(node.recordOf(record)).toMatchObject({ endReason: 'ClientClosed' });
    expect(stops()).toEqual([{ kind: 'session', action: 'stop', channelId: path.id }]);
  });

  it('at once when its lost client cannot come back', async () => {
    const { record, path } = await node.openSession();
    path.canClientResume = false;
    path.loseClient('lost');
    await settle();
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'ClientClosed' });
  });

  it('for the first reason only', async () => {
    const { record, path } = await node.openSession();
    expect(await node.live.end(record.id, 'EndedByApi')).toBe(true);
    void node.live.end(record.id, 'MaxDuration');
    path.events.violated('client', 1002, 'text frame');
    path.events.exited({ code: 0 });
    await settle();
    expect(node.recordOf(record)).toMatchObject({ endReason: 'EndedByApi' });
    expect(node.ended.map(({ reason }) => reason)).toEqual(['EndedByApi']);
    expect(await node.live.end(record.id, 'EndedByApi')).toBe(false);
  });

  it('with the close code of a broken protocol', async () => {
    const { record, path } = await node.openSession();
    path.events.violated('client', 1009, 'too large');
    await settle();
    expect(path.finished).toMatchObject({ reason: 'ProcessDataError', closeCode: 1009 });
    expect(node.recordOf(record)).toMatchObject({
      endReason: 'ProtocolError',
      failedDetail: 'client: too large',
    });
  });

  it('when one side stopped reading, or the data path broke', async () => {
    const stuck = await node.openSession();
    stuck.path.events.stalled('agent');
    const broken = await node.openSession();
    const bug = new Error('bug');
    broken.path.events.failed(bug);
    await settle();
    expect(node.recordOf(stuck.record)).toMatchObject({ endReason: 'SlowConsumer' });
    expect(node.recordOf(broken.record)).toMatchObject({ endReason: 'Internal' });
    expect(node.errors).toEqual([bug]);
  });

  it('with its instance, unlike those of other instances', async () => {
    const { record } = await node.openSession();
    const other = node.addSession({ instanceId: 'mi-other' as InstanceId });
    node.live.endOfInstance(INSTANCE, 'InstanceDeregistered');
    await settle();
    expect(node.recordOf(record).endReason).toBe('InstanceDeregistered');
    expect(node.recordOf(other).state).toBe('created');
  });
});

describe('a report of the agent', () => {
  it('waits for the data socket, since output may be on its way', async () => {
    const { record, path } = await node.openSession();
    node.live.report(INSTANCE, path.id, 'Ok');
    expect(path.finished).toBeUndefined();
    path.loseAgent();
    await settle();
    expect(node.recordOf(record)).toMatchObject({ endReason: 'AgentExited' });
  });

  it('does not wait for ever', async () => {
    const { record, path } = await node.openSession();
    node.live.report(INSTANCE, path.id, 'Timeout');
    await pass(19 * SECOND);
    expect(node.recordOf(record).state).toBe('open');
    await pass(SECOND);
    expect(node.recordOf(record)).toMatchObject({ endReason: 'AgentTimeout' });
  });

  it('ends the session at once when the data socket is lost already', async () => {
    const { record, path } = await node.openSession();
    path.loseAgent();
    expect(path.finished).toBeUndefined();
    node.live.report(INSTANCE, path.id, 'Notified');
    await settle();
    expect(node.recordOf(record)).toMatchObject({ endReason: 'AgentExited' });
  });

  it('ends the session at once when there never was a data socket', async () => {
    const record = node.addSession();
    const path = await node.attach(record);
    node.live.handOut(INSTANCE, path.id);
    node.live.report(INSTANCE, path.id, 'Open_channel_failed', 'certificate signed by unknown authority');
    await settle();
    expect(path.finished?.reason).toBe('OpenChannelFailed');
    expect(node.recordOf(record)).toMatchObject({
      state: 'aborted',
      failedDetail: 'certificate signed by unknown authority',
    });
  });

  it.each(['Unknown_error', 'whatever', '', 'constructor', '__proto__', 'toString'])(
    'with the unknown code "%s" is an internal error',
    async (errorCode) => {
      const record = node.addSession();
      const path = await node.attach(record);
      node.live.report(INSTANCE, path.id, errorCode);
      await settle();
      expect(path.finished?.reason).toMatch(/^Internal: /);
      expect(node.recordOf(record)).toMatchObject({ state: 'aborted', endReason: 'Internal' });
      expect(node.errors).toEqual([]);
    },
  );

  it('is stored as text that a database takes, and not at any length', async () => {
    const record = node.addSession();
    const path = await node.attach(record);
    node.live.report(INSTANCE, path.id, 'Open_pty_failed', `no\0user\ud800\n${'x'.repeat(1_000)}`);
    await settle();
    expect(node.recordOf(record).failedDetail).toBe(`no?user??${'x'.repeat(247)}`);
  });

  it('counts once', async () => {
    const { record, path } = await node.openSession();
    node.live.report(INSTANCE, path.id, 'Ok');
    node.live.report(INSTANCE, path.id, 'Open_pty_failed');
    path.loseAgent();
    node.live.report(INSTANCE, path.id, 'Open_pty_failed');
    await settle();
    expect(node.recordOf(record)).toMatchObject({ endReason: 'AgentExited' });
  });
});

describe('an agent that lost its data socket', () => {
  it('has 15 s to dial again', async () => {
    const { record, path } = await node.openSession();
    path.loseAgent();
    await pass(14 * SECOND);
    path.hasAgent = true;
    node.live.join(INSTANCE, path.id).joined();
    await pass(20 * SECOND);
    expect(node.recordOf(record).state).toBe('open');
    path.loseAgent();
    await pass(15 * SECOND);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'AgentTimeout' });
  });
});

describe('the last bytes', () => {
  it('are waited for, and counted, also on a channel that had ended before its session', async () => {
    const { record, path } = await node.openSession({ portNumber: 5432 });
    const second = await node.attach(record);
    second.deliverSlowly();
    second.events.targetFailed('connection refused');
    void node.live.end(record.id, 'EndedByApi');
    await settle();
    expect([path.finished?.reason, node.ended]).toEqual([expect.stringMatching(/^EndedByApi/), []]);
    second.payload(7);
    second.delivered?.();
    await settle();
    expect(node.ended).toMatchObject([{ reason: 'EndedByApi', bytesToClient: 7 }]);
    expect([node.live.size, node.live.channelCount]).toEqual([0, 0]);
  });

  it('are waited for by a node that stops, and so are the records', async () => {
    const { record, path } = await node.openSession();
    path.deliverSlowly();
    node.store.isAway = true;
    let isOver = false;
    const over = node.live.endAll('NodeLost').then(() => (isOver = true));
    await settle();
    node.store.isAway = false;
    await pass(5 * SECOND);
    expect([isOver, node.recordOf(record).endReason]).toEqual([false, 'NodeLost']);
    path.delivered?.();
    await over;
    expect(node.live.size).toBe(0);
  });
});

describe('time', () => {
  it('ends a session that is idle; keep-alives do not count, payload does', async () => {
    const { record, path } = await node.openSession();
    await pass(TIMES.idleTimeoutMs - SECOND);
    path.payload();
    await pass(TIMES.idleTimeoutMs - SECOND);
    expect(node.recordOf(record).state).toBe('open');
    await pass(SECOND);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'IdleTimeout' });
  });

  it('ends a session at its longest time, however busy it is', async () => {
    const { record, path } = await node.openSession();
    for (let at = 0; at <= TIMES.maxMs; at += 60_000) {
      path.payload();
      await node.clock.advanceAsync(60_000, 60_000);
    }
    expect(node.recordOf(record)).toMatchObject({ endReason: 'MaxDuration' });
  });

  it('lets a client come back to its channel, and no other, while the resume time runs', async () => {
    const { record, path } = await node.openSession();
    path.loseClient('lost');
    await pass(TIMES.resumeMs - SECOND);
    expect(node.recordOf(record).state).toBe('detached');
    expect(await codeOf(node.dial(record, 'f'.repeat(32)))).toBe('CHANNEL_NOT_FOUND');
    expect(await codeOf(node.dial(record))).toBe('SESSION_STATE_CONFLICT');
    expect(await node.attach(record, path.id)).toBe(path);
    path.payload();
    await pass(5 * SECOND);
    expect(node.recordOf(record).state).toBe('open');
  });

  it('does not count the time away as idle', async () => {
    const { record, path } = await node.openSession();
    path.loseClient('lost');
    await pass(TIMES.idleTimeoutMs + SECOND);
    await node.attach(record, path.id);
    await pass(TIMES.idleTimeoutMs - SECOND);
    expect(node.recordOf(record).state).toBe('open');
    await pass(SECOND);
    expect(node.recordOf(record)).toMatchObject({ endReason: 'IdleTimeout' });
  });

  it('ends a detached session that nobody comes back to', async () => {
    const { record, path } = await node.openSession();
    path.loseClient('lost');
    await pass(TIMES.resumeMs);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'ClientClosed' });
  });

  it('stops when there is nothing to look after', async () => {
    const { record } = await node.openSession();
    void node.live.end(record.id, 'EndedByApi');
    await pass(10 * SECOND);
    expect(node.clock.pendingTimers).toBe(0);
  });
});

describe('a bug in one session', () => {
  it('ends that session, and no other is looked after less', async () => {
    const broken = await node.openSession();
    const fine = await node.openSession();
    const bug = new Error('bug');
    let isBroken = true;
    Object.defineProperty(broken.path, 'lastPayloadAtMs', {
      get: () => {
        if (!isBroken) return node.clock.nowMs();
        isBroken = false;
        throw bug;
      },
    });
    await pass(SECOND);
    expect(node.recordOf(broken.record)).toMatchObject({ state: 'closed', endReason: 'Internal' });
    expect(node.errors).toEqual([bug]);
    await pass(TIMES.idleTimeoutMs);
    expect(node.recordOf(fine.record)).toMatchObject({ endReason: 'IdleTimeout' });
  });
});

describe('a port session', () => {
  it('outlives a channel whose target cannot be reached, until it is idle', async () => {
    const { record, path } = await node.openSession({ portNumber: 5432 });
    const second = await node.attach(record);
    second.events.targetFailed('connection refused');
    await settle();
    expect(second.finished?.reason).toBe('TargetUnreachable: connection refused');
    expect(path.finished).toBeUndefined();
    path.loseClient('closed');
    await settle();
    expect(node.recordOf(record).state).toBe('open');
    await pass(TIMES.idleTimeoutMs);
    expect(node.recordOf(record)).toMatchObject({ state: 'closed', endReason: 'IdleTimeout' });
  });

  it('takes new channels after all others have gone', async () => {
    const { record, path } = await node.openSession({ portNumber: 5432 });
    path.events.targetClosed();
    await pass(TIMES.idleTimeoutMs - SECOND);
    const second = await node.attach(record);
    await node.pair(second);
    second.payload();
    await pass(TIMES.idleTimeoutMs - SECOND);
    expect(node.recordOf(record).state).toBe('open');
  });

  it('counts what went through all its channels', async () => {
    const { record, path } = await node.openSession({ portNumber: 5432 });
    const second = await node.attach(record);
    await node.pair(second);
    path.payload(10);
    second.payload(32);
    path.loseClient('closed');
    await pass(3 * SECOND);
    void node.live.end(record.id, 'EndedByApi');
    await settle();
    expect(node.ended).toEqual([
      {
        id: record.id,
        reason: 'EndedByApi',
        bytesToClient: 42,
        bytesToAgent: 0,
        durationMs: 3 * SECOND,
      },
    ]);
  });
});
