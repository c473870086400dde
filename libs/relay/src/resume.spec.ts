import { FakeClock } from '@sallyport/testing';
import { MessageType, StatusCode } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { MAX_REPLAY_BYTES } from './bounds.js';
import {
  ChannelHarness,
  from101,
  from102,
  fromAgent,
  fromOwn,
  isSame,
  pattern,
  receivedOf,
  statuses,
  stream,
  text,
} from './channel-harness.js';
import { type FakeByteSocket, peerFrame } from './fake-byte-socket.js';

const { Input, Output, Sync } = MessageType;

function joined102() {
  const clock = new FakeClock();
  const harness = new ChannelHarness(clock);
  const client = harness.client102();
  const agent = harness.agent();
  return { clock, harness, client, agent };
}

const outputs = (socket: FakeByteSocket): [number, string][] =>
  receivedOf(socket, 'client-1.02', Output).map(({ outputSeq, payload }) => [outputSeq, text(payload)]);

const say = (agent: FakeByteSocket, ...texts: string[]): void => {
  for (const one of texts) agent.feedMessage(fromAgent(one));
};

describe('a 1.02 client that returns', () => {
  it('gets what it has not seen, from its Sync on, numbered without gaps', () => {
    const { harness, client, agent } = joined102();
    say(agent, 'a', 'b', 'c');
    client.hangUp();
    expect(harness.channel.canClientResume).toBe(true);
    expect(harness.channel.hasClient).toBe(false);
    say(agent, 'd');
    const back = harness.client('unknown');
    expect(statuses(back, 'client-1.02')[0]).toEqual({ code: StatusCode.Opened, reason: '' });
    expect(outputs(back)).toEqual([]);
    say(agent, 'e');
    back.feedMessage(from102({ type: Sync, outputSeq: 1 }));
    expect(outputs(back)).toEqual([
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
      [5, 'e'],
    ]);
    say(agent, 'f');
    expect(outputs(back).at(-1)).toEqual([6, 'f']);
    expect(harness.told).toEqual(['opened', 'clientGone lost']);
  });

  it('may say what it has by any other message', () => {
    const { harness, client, agent } = joined102();
    say(agent, 'a', 'b');
    client.hangUp();
    const back = harness.client('unknown');
    back.feedMessage(from102({ type: Input, payload: 'x', inputSeq: 1, outputSeq: 1 }));
    expect(outputs(back)).toEqual([[2, 'b']]);
  });

  it('replaces a socket that is still there, which is closed with 1000 and no event', () => {
    const { harness, client, agent } = joined102();
    say(agent, 'a');
    const back = harness.client('unknown');
    expect(client.closeCode).toBe(1000);
    client.hangUp();
    say(agent, 'b');
    back.feedMessage(from102({ type: Sync, outputSeq: 1 }));
    expect(outputs(back)).toEqual([[2, 'b']]);
    expect(harness.told).toEqual(['opened']);
  });

  it('keeps its input when the old socket is replaced while the agent is busy', () => {
    const { harness, client, agent } = joined102();
    say(agent, '$');
    agent.isStuck = true;
    const chunk = ['1', '2', '3'].flatMap((payload) => [...peerFrame(from102({ type: Input, payload }))]);
    client.feed(Uint8Array.from(chunk));
    const back = harness.client('unknown');
    back.feedMessage(from102({ type: Input, payload: '4', outputSeq: 1 }));
    agent.drain();
    expect(text(stream(agent, 'agent-1.01', Input))).toBe('1234');
  });

  it('may ask for output again at any time', () => {
    const { client, agent } = joined102();
    say(agent, 'a', 'b');
    client.feedMessage(from102({ type: Sync, outputSeq: 1 }));
    expect(outputs(client)).toEqual([
      [1, 'a'],
      [2, 'b'],
      [2, 'b'],
    ]);
  });

  it('sees consecutive numbers even where the oldest output is gone', () => {
    const { harness, client, agent } = joined102();
    for (let i = 0; i < 200; i++) agent.feedMessage(fromAgent(pattern(2_048, i)));
    client.hangUp();
    const back = harness.client('unknown');
    back.feedMessage(from102({ type: Sync, outputSeq: 5 }));
    const numbers = outputs(back).map(([seq]) => seq);
    expect(numbers[0]).toBe(6);
    expect(numbers).toEqual(numbers.map((_, i) => 6 + i));
    say(agent, 'next');
    expect(outputs(back).at(-1)).toEqual([6 + numbers.length, 'next']);
  });

  it('that claims to have seen more than there was goes on from there', () => {
    const { harness, client, agent } = joined102();
    say(agent, 'a');
    client.hangUp();
    const back = harness.client('unknown');
    back.feedMessage(from102({ type: Sync, outputSeq: 4_294_967_295 }));
    say(agent, 'b', 'c');
    expect(outputs(back)).toEqual([
      [0, 'b'],
      [1, 'c'],
    ]);
    expect(harness.failures).toEqual([]);
  });
});

describe('output for a client that is away', () => {
  it('is kept up to 128 KiB; then the agent is paused and nothing is dropped', () => {
    const { harness, client, agent } = joined102();
    client.hangUp();
    const all = pattern(300_000);
    for (let at = 0; at < all.length; at += 1_000) agent.feedMessage(fromAgent(all.subarray(at, at + 1_000)));
    expect(agent.isPaused).toBe(true);
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(MAX_REPLAY_BYTES);
    expect(harness.channel.bytesToClient).toBeGreaterThan(80_000);
    const back = harness.client102();
    expect(isSame(stream(back, 'client-1.02', Output), all)).toBe(true);
    expect(agent.isPaused).toBe(false);
  });

  it('is replayed no faster than the socket takes it', () => {
    const { harness, client, agent } = joined102();
    client.hangUp();
    for (let i = 0; i < 10; i++) say(agent, `${i}`);
    const back = harness.client('unknown');
    back.isStuck = true;
    back.feedMessage(from102({ type: Sync }));
    expect(outputs(back)).toHaveLength(1);
    say(agent, 'x');
    back.drain();
    expect(
      outputs(back)
        .map(([, one]) => one)
        .join(''),
    ).toBe('0123456789x');
  });

  it('is not kept for a 1.01 client, whose agent is paused', () => {
    const clock = new FakeClock();
    const harness = new ChannelHarness(clock);
    const client = harness.client();
    const agent = harness.agent();
    client.hangUp();
    expect(harness.channel.canClientResume).toBe(false);
    for (let i = 0; i < 100; i++) agent.feedMessage(fromAgent(pattern(1_000)));
    expect(agent.isPaused).toBe(true);
    expect(harness.channel.bytesToClient).toBe(0);
  });
});

describe('output that an attached client never acknowledges', () => {
  it('falls out at the old end, and the agent goes on', () => {
    const { harness, agent, client } = joined102();
    for (let i = 0; i < 500; i++) agent.feedMessage(fromAgent(pattern(2_048)));
    expect(agent.isPaused).toBe(false);
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(MAX_REPLAY_BYTES);
    expect(harness.channel.heldBytes).toBeGreaterThan(MAX_REPLAY_BYTES - 2_400);
    client.feedMessage(from102({ type: Input, outputSeq: 500 }));
    expect(harness.channel.heldBytes).toBe(0);
  });

  it('costs no more when it comes in single bytes', () => {
    const { harness, agent } = joined102();
    for (let i = 0; i < 5_000; i++) agent.feedMessage(fromAgent('x'));
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(MAX_REPLAY_BYTES);
  });
});

describe('a 1.03 client that returns', () => {
  function joined103() {
    const harness = new ChannelHarness(new FakeClock());
    const client = harness.client('own-1.03');
    const agent = harness.agent('own-1.03');
    agent.feedMessage(fromOwn(MessageType.Ready));
    return { harness, client, agent };
  }
  const got = (socket: FakeByteSocket): [number, string][] =>
    receivedOf(socket, 'own-1.03', Output).map(({ sequence, payload }) => [sequence, text(payload)]);

  it('gets every byte after the position of its Sync, even from inside a message', () => {
    const { harness, client, agent } = joined103();
    agent.feedMessage(fromOwn(Output, 'hello '));
    client.hangUp();
    agent.feedMessage(fromOwn(Output, 'world', 6));
    const back = harness.client('own-1.03');
    back.feedMessage(fromOwn(Sync, '', 3));
    expect(got(back)).toEqual([
      [3, 'lo '],
      [6, 'world'],
    ]);
  });

  it('gets what came meanwhile when it asks for nothing', () => {
    const { harness, client, agent } = joined103();
    agent.feedMessage(fromOwn(Output, 'seen'));
    client.hangUp();
    agent.feedMessage(fromOwn(Output, 'new', 4));
    const back = harness.client('own-1.03');
    back.feedMessage(fromOwn(Input, 'x'));
    expect(got(back)).toEqual([[4, 'new']]);
  });

  it('hears of an exit that happened while it was away', () => {
    const { harness, client, agent } = joined103();
    client.hangUp();
    agent.feedMessage(fromOwn(Output, 'bye'));
    agent.feedMessage(fromOwn(MessageType.Exit, Uint8Array.of(0), 3));
    const back = harness.client('own-1.03');
    back.feedMessage(fromOwn(Sync));
    expect(got(back)).toEqual([[0, 'bye']]);
    expect(receivedOf(back, 'own-1.03', MessageType.Exit)).toHaveLength(1);
  });

  it('acknowledges by a Sync while it is attached, and gets nothing twice', () => {
    const { harness, client, agent } = joined103();
    agent.feedMessage(fromOwn(Output, 'hello'));
    expect(harness.channel.heldBytes).toBeGreaterThan(0);
    client.feedMessage(fromOwn(Sync, '', 5));
    expect(harness.channel.heldBytes).toBe(0);
    expect(got(client)).toEqual([[0, 'hello']]);
  });

  it('may turn out to be one by its first message, where headers are hidden', () => {
    const harness = new ChannelHarness(new FakeClock());
    const client = harness.client('unknown');
    client.writes.length = 0;
    client.feedMessage(fromOwn(Sync));
    const agent = harness.agent();
    say(agent, 'hi');
    expect(got(client)).toEqual([[0, 'hi']]);
  });
});

describe('a 1.01 client', () => {
  it('leaves its channel for good', () => {
    const harness = new ChannelHarness(new FakeClock());
    const client = harness.client();
    client.feedMessage(from101(Input, 'x'));
    client.hangUp();
    expect(harness.told).toEqual(['clientGone lost']);
    expect(harness.channel.canClientResume).toBe(false);
  });
});
