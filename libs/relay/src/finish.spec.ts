import { FakeClock } from '@sallyport/testing';
import { MessageType, StatusCode } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { CLOSE_MS, DELIVERY_MS, QUIET_MS } from './bounds.js';
import {
  ascii,
  ChannelHarness,
  from101,
  fromAgent,
  fromOwn,
  isSame,
  pattern,
  received,
  statuses,
  stream,
  text,
} from './channel-harness.js';
import { type FakeByteSocket, peerFrame } from './fake-byte-socket.js';
import { Opcode } from './websocket.js';

const { Input, Output } = MessageType;
const CLOSED_EXIT = { code: StatusCode.Closed, reason: 'Exit' };
const closeFrame = peerFrame(Uint8Array.of(0x03, 0xe8), { opcode: Opcode.Close });

function joined(bitsPerSecond?: number, layout: 'agent-1.01' | 'own-1.03' = 'agent-1.01') {
  const clock = new FakeClock();
  const harness = new ChannelHarness(clock, bitsPerSecond === undefined ? {} : { bitsPerSecond });
  const client = harness.client(layout === 'own-1.03' ? 'own-1.03' : 'client-1.01');
  const agent = harness.agent(layout);
  clock.advance(QUIET_MS);
  return { clock, harness, client, agent };
}

const leave = (socket: FakeByteSocket): void => {
  socket.feed(closeFrame);
  socket.hangUp();
};

describe('finish', () => {
  it('tells the reason, closes with 1000, and is over when both sockets are', async () => {
    const { harness, client, agent } = joined();
    const finished = harness.channel.finish('Exit');
    await Promise.resolve();
    expect(statuses(client, 'client-1.01').at(-1)).toEqual(CLOSED_EXIT);
    expect(client.frames.at(-1)?.opcode).toBe(Opcode.Close);
    expect([client.closeCode, agent.closeCode]).toEqual([1000, 1000]);
    leave(client);
    leave(agent);
    await finished;
    expect(harness.told).toEqual(['opened']);
    expect([harness.channel.hasClient, harness.channel.hasAgent, harness.channel.heldBytes]).toEqual([
      false,
      false,
      0,
    ]);
  });

  it('destroys sockets whose peers do not answer within 2 s', async () => {
    const { harness, client, agent, clock } = joined();
    const finished = harness.channel.finish('Exit');
    await Promise.resolve();
    clock.advance(CLOSE_MS - 1);
    expect([client.isDestroyed, agent.isDestroyed]).toEqual([false, false]);
    clock.advance(1);
    expect([client.isDestroyed, agent.isDestroyed]).toEqual([true, true]);
    await finished;
    expect(clock.pendingTimers).toBe(0);
  });

  it('delivers first what the agent sent, at the rate of the session', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    const all = pattern(100_000);
    for (let at = 0; at < all.length; at += 2_000) agent.feedMessage(fromAgent(all.subarray(at, at + 2_000)));
    void harness.channel.finish('Exit');
    await clock.advanceAsync(3_000);
    expect(client.closeCode).toBeUndefined();
    await clock.advanceAsync(1_000);
    expect(isSame(stream(client, 'client-1.01', Output), all)).toBe(true);
    expect(statuses(client, 'client-1.01').at(-1)).toEqual(CLOSED_EXIT);
    expect(received(client, 'client-1.01').at(-1)?.type).toBe(MessageType.Status);
  });

  it('delivers for 15 s at most', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    for (let i = 0; i < 1_000; i++) agent.feedMessage(fromAgent(pattern(2_000)));
    void harness.channel.finish('Exit');
    await clock.advanceAsync(DELIVERY_MS - 200);
    expect(client.closeCode).toBeUndefined();
    await clock.advanceAsync(400);
    expect(client.closeCode).toBe(1000);
  });

  it('delivers for as long as it is told, when it is told', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    for (let i = 0; i < 1_000; i++) agent.feedMessage(fromAgent(pattern(2_000)));
    void harness.channel.finish('IdleTimeout', { deliveryMs: 1_000 });
    await clock.advanceAsync(1_200);
    expect(client.closeCode).toBe(1000);
  });

  it('waits a moment for an agent that has just spoken', async () => {
    const { harness, client, agent, clock } = joined();
    agent.feedMessage(fromAgent('almost '));
    void harness.channel.finish('Exit');
    await clock.advanceAsync(100);
    agent.feedMessage(fromAgent('done'));
    expect(client.closeCode).toBeUndefined();
    await clock.advanceAsync(QUIET_MS + 100);
    expect(text(stream(client, 'client-1.01', Output))).toBe('almost done');
    expect(client.closeCode).toBe(1000);
  });

  it('does not wait for an agent that is gone or whose shell has ended', async () => {
    const gone = joined();
    gone.agent.feedMessage(fromAgent('bye'));
    gone.agent.hangUp();
    void gone.harness.channel.finish('Exit');
    await Promise.resolve();
    expect(gone.client.closeCode).toBe(1000);
    const own = joined(undefined, 'own-1.03');
    own.agent.feedMessage(fromOwn(MessageType.Ready));
    own.agent.feedMessage(fromOwn(Output, 'bye'));
    own.agent.feedMessage(fromOwn(MessageType.Exit, Uint8Array.of(0), 3));
    void own.harness.channel.finish('Exit');
    await Promise.resolve();
    const types = received(own.client, 'own-1.03').map(({ type }) => type);
    expect(types.slice(-4)).toEqual([MessageType.Ready, Output, MessageType.Exit, MessageType.Status]);
    expect(own.client.closeCode).toBe(1000);
  });

  it('says Aborted, without a delivery, when it never came to be', async () => {
    const harness = new ChannelHarness(new FakeClock());
    const client = harness.client();
    void harness.channel.finish('SessionCount.ExceedLimit', { aborted: true });
    await Promise.resolve();
    expect(statuses(client, 'client-1.01').at(-1)).toEqual({
      code: StatusCode.Aborted,
      reason: 'SessionCount.ExceedLimit',
    });
  });

  it('closes a client that broke a rule with the code of that rule, at once', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    for (let i = 0; i < 100; i++) agent.feedMessage(fromAgent(pattern(2_000)));
    client.feed(peerFrame(ascii('text'), { opcode: Opcode.Text }));
    expect(harness.told.at(-1)).toBe('violated client 1002 text frame');
    const finished = harness.channel.finish('ProtocolError');
    await Promise.resolve();
    expect(client.closeCode).toBe(1002);
    expect(statuses(client, 'client-1.01').at(-1)).toEqual({
      code: StatusCode.Closed,
      reason: 'ProtocolError',
    });
    clock.advance(CLOSE_MS);
    await finished;
  });

  it('closes with the code it is given, at once', async () => {
    const { harness, client, agent } = joined(204_800);
    for (let i = 0; i < 100; i++) agent.feedMessage(fromAgent(pattern(2_000)));
    void harness.channel.finish('ProtocolError', { closeCode: 1009 });
    await Promise.resolve();
    expect(client.closeCode).toBe(1009);
  });

  it('passes no more input on', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    agent.feedMessage(fromAgent(pattern(50_000)));
    void harness.channel.finish('Exit');
    client.feedMessage(from101(Input, 'late'));
    await clock.advanceAsync(500);
    expect(stream(agent, 'agent-1.01', Input)).toHaveLength(0);
  });

  it('stops delivering when the client leaves', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    for (let i = 0; i < 100; i++) agent.feedMessage(fromAgent(pattern(2_000)));
    void harness.channel.finish('Exit');
    await clock.advanceAsync(200);
    client.hangUp();
    await clock.advanceAsync(100);
    expect(agent.closeCode).toBe(1000);
    expect(harness.told).toEqual(['opened']);
  });

  it('is done at once without ends, twice is once, and late sockets are dropped', async () => {
    const harness = new ChannelHarness(new FakeClock());
    const finished = harness.channel.finish('UrlExpired');
    expect(harness.channel.finish('Exit')).toBe(finished);
    await finished;
    expect(harness.client().isDestroyed).toBe(true);
    expect(harness.agent().isDestroyed).toBe(true);
  });

  it('spells a reason so that every client can show it', async () => {
    const { harness, client } = joined();
    void harness.channel.finish('TargetUnreachable: größer\n');
    await Promise.resolve();
    expect(statuses(client, 'client-1.01').at(-1)).toEqual({
      code: StatusCode.Closed,
      reason: 'TargetUnreachable: gr??er?',
    });
    expect(harness.failures).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    const { harness, client, agent, clock } = joined(204_800);
    agent.feedMessage(fromAgent(pattern(50_000)));
    const finished = harness.channel.finish('Exit', { deliveryMs: 100 });
    await clock.advanceAsync(200);
    leave(client);
    leave(agent);
    await finished;
    clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });
});
