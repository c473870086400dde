import { FakeClock } from '@sallyport/testing';
import { MessageType } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { PING_EVERY_MS, SILENCE_MS, STALL_MS } from './bounds.js';
import {
  ascii,
  ChannelHarness,
  from101,
  from102,
  fromAgent,
  isSame,
  pattern,
  receivedOf,
  stream,
  text,
} from './channel-harness.js';
import { type FakeByteSocket, peerFrame } from './fake-byte-socket.js';
import { Opcode } from './websocket.js';

const { Input, Output, Resize } = MessageType;
const MAX_HELD_BYTES = 256 * 1_024;
const PONG = peerFrame(new Uint8Array(0), { opcode: Opcode.Pong });

function joined(hint: 'unknown' | 'client-1.01' = 'client-1.01') {
  const clock = new FakeClock();
  const harness = new ChannelHarness(clock);
  const client = harness.client(hint);
  const agent = harness.agent();
  agent.feedMessage(fromAgent('$'));
  return { clock, harness, client, agent };
}

/** Lets time pass while these sockets answer pings. */
function live(clock: FakeClock, ms: number, ...alive: FakeByteSocket[]): void {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.advance(1_000);
    for (const socket of alive) socket.feed(PONG);
  }
}

describe('a client that does not read', () => {
  it.each(['client-1.01', 'unknown'] as const)('(%s) pauses the agent after one message', (hint) => {
    const { harness, client, agent } = joined(hint);
    client.isStuck = true;
    for (let i = 0; i < 1_000; i++) agent.feedMessage(fromAgent(pattern(2_048)));
    expect(agent.isPaused).toBe(true);
    expect(agent.backlogBytes).toBeGreaterThan(1_900_000);
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(MAX_HELD_BYTES);
  });

  it('holds at most 256 KiB when a whole chunk of messages arrives at once', () => {
    const { harness, client, agent } = joined();
    client.isStuck = true;
    const frame = peerFrame(fromAgent(pattern(2_048)));
    const chunk = new Uint8Array(30 * frame.length);
    for (let i = 0; i < 30; i++) chunk.set(frame, i * frame.length);
    agent.feed(chunk);
    agent.feed(chunk);
    expect(agent.isPaused).toBe(true);
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(MAX_HELD_BYTES);
    client.drain();
    expect(stream(client, 'client-1.01', Output)).toHaveLength(1 + 60 * 2_048);
  });

  it('gets everything in order once it reads again', () => {
    const { client, agent } = joined();
    const all = pattern(100_000);
    client.isStuck = true;
    for (let at = 0; at < all.length; at += 2_000) agent.feedMessage(fromAgent(all.subarray(at, at + 2_000)));
    for (let i = 0; i < 100; i++) {
      client.drain();
      client.isStuck = true;
    }
    client.drain();
    expect(agent.isPaused).toBe(false);
    expect(isSame(stream(client, 'client-1.01', Output).subarray(1), all)).toBe(true);
  });

  it('is stalled after 60 s, told once, and not lost before that', () => {
    const { harness, client, agent, clock } = joined();
    client.isStuck = true;
    agent.feedMessage(fromAgent('x'));
    live(clock, STALL_MS - 1_000, agent);
    expect(harness.told).toEqual(['opened']);
    live(clock, 20_000, agent);
    expect(harness.told).toEqual(['opened', 'stalled client']);
  });

  it('is not stalled when it takes bytes now and then', () => {
    const { harness, client, agent, clock } = joined();
    for (let i = 0; i < 4; i++) {
      client.isStuck = true;
      agent.feedMessage(fromAgent('x'));
      live(clock, STALL_MS - 6_000, agent, client);
      client.drain();
    }
    expect(harness.told).toEqual(['opened']);
  });

  it('gets one answer for ten thousand pings, the last', () => {
    const { client } = joined();
    client.isStuck = true;
    client.feed(peerFrame(ascii('first'), { opcode: Opcode.Ping }));
    const before = client.writes.length;
    for (let i = 0; i < 10_000; i++) client.feed(peerFrame(ascii(`${i}`), { opcode: Opcode.Ping }));
    expect(client.writes).toHaveLength(before);
    client.drain();
    const pongs = client.frames.filter(({ opcode }) => opcode === Opcode.Pong);
    expect(pongs.map(({ payload }) => text(payload))).toEqual(['first', '9999']);
  });
});

describe('an agent that does not read', () => {
  it('pauses the client after one message and gets everything in order later', () => {
    const { harness, client, agent } = joined();
    agent.isStuck = true;
    const all = pattern(200_000);
    for (let at = 0; at < all.length; at += 1_000)
      client.feedMessage(from101(Input, all.subarray(at, at + 1_000)));
    expect(client.isPaused).toBe(true);
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(MAX_HELD_BYTES);
    agent.drain();
    expect(isSame(stream(agent, 'agent-1.01', Input), all)).toBe(true);
  });

  it('is not flooded with sizes and heart-beats: it gets the last size when it reads', () => {
    const { client, agent } = joined('unknown');
    agent.isStuck = true;
    client.feedMessage(from102({ type: Input, payload: 'x' }));
    const before = agent.writes.length;
    for (let rows = 1; rows <= 1_000; rows++) {
      client.feedMessage(from102({ type: Resize, payload: `{"cols":80,"rows":${rows}}` }));
      client.feedMessage(from102({ type: Input }));
    }
    expect(agent.writes).toHaveLength(before);
    agent.drain();
    expect(receivedOf(agent, 'agent-1.01', Resize).map(({ payload }) => text(payload))).toEqual([
      '{"cols":80,"rows":1000}',
    ]);
  });

  it('is stalled after 60 s', () => {
    const { harness, client, agent, clock } = joined();
    agent.isStuck = true;
    client.feedMessage(from101(Input, 'x'));
    live(clock, STALL_MS + 10_000, client);
    expect(harness.told).toEqual(['opened', 'stalled agent']);
  });
});

describe('liveness', () => {
  it('pings both ends every 20 s', () => {
    const { client, agent, clock } = joined();
    live(clock, 3 * PING_EVERY_MS, client, agent);
    for (const socket of [client, agent])
      expect(socket.frames.filter(({ opcode }) => opcode === Opcode.Ping)).toHaveLength(3);
  });

  it('answers pings with their payload', () => {
    const { agent } = joined();
    agent.feed(peerFrame(ascii('keepalive'), { opcode: Opcode.Ping }));
    const pongs = agent.frames.filter(({ opcode }) => opcode === Opcode.Pong);
    expect(pongs.map(({ payload }) => text(payload))).toEqual(['keepalive']);
  });

  it('calls an end lost from which nothing came for 45 s', () => {
    const silentClient = joined();
    live(silentClient.clock, SILENCE_MS - 1_000, silentClient.agent);
    expect(silentClient.harness.told).toEqual(['opened']);
    live(silentClient.clock, 5_000, silentClient.agent);
    expect(silentClient.harness.told).toEqual(['opened', 'clientGone lost']);
    expect(silentClient.client.isDestroyed).toBe(true);
    const silentAgent = joined();
    live(silentAgent.clock, SILENCE_MS + 5_000, silentAgent.client);
    expect(silentAgent.harness.told).toEqual(['opened', 'agentGone']);
  });

  it('does not expect anything from an end that is paused', () => {
    const { harness, client, agent, clock } = joined();
    client.isStuck = true;
    for (let i = 0; i < 10; i++) agent.feedMessage(fromAgent('x'));
    for (let i = 0; i < 3; i++) {
      live(clock, STALL_MS - 6_000, client);
      client.drain();
      client.isStuck = true;
      for (let k = 0; k < 10; k++) agent.feedMessage(fromAgent('x'));
    }
    expect(harness.told).toEqual(['opened']);
  });

  it('tells how a client left', () => {
    const left = (leave: (client: FakeByteSocket) => void): string | undefined => {
      const { harness, client } = joined();
      leave(client);
      client.hangUp();
      expect(harness.told).toHaveLength(2);
      return harness.told[1];
    };
    const close = (code: number) => (client: FakeByteSocket) =>
      client.feed(peerFrame(Uint8Array.of(code >> 8, code & 0xff), { opcode: Opcode.Close }));
    expect(left(() => undefined)).toBe('clientGone lost');
    expect(left(close(1000))).toBe('clientGone closed');
    expect(left(close(1001))).toBe('clientGone closed');
    expect(left(close(1011))).toBe('clientGone lost');
    expect(left((client) => client.feedMessage(from101(MessageType.Close, '1')))).toBe('clientGone closed');
  });

  it('answers a close frame with its code and ends', () => {
    const { client, clock } = joined();
    client.feed(peerFrame(Uint8Array.of(0x03, 0xe9), { opcode: Opcode.Close }));
    expect(client.closeCode).toBe(1001);
    expect(client.hasEnded).toBe(true);
    clock.advance(2_000);
    expect(client.isDestroyed).toBe(true);
  });

  it('delivers what an agent sent before it was lost, and tells the loss after it', () => {
    const { harness, client, agent } = joined();
    client.isStuck = true;
    const frame = peerFrame(fromAgent('abc'));
    const chunk = new Uint8Array(3 * frame.length);
    for (let i = 0; i < 3; i++) chunk.set(frame, i * frame.length);
    agent.feed(chunk);
    agent.hangUp();
    expect(harness.told).toEqual(['opened']);
    client.drain();
    expect(harness.told).toEqual(['opened', 'agentGone']);
    expect(text(stream(client, 'client-1.01', Output))).toBe('$abcabcabc');
  });

  it('delivers what the old socket of an agent sent before what the new one sends', () => {
    const { harness, client, agent } = joined();
    client.isStuck = true;
    const [one, two] = [peerFrame(fromAgent('1')), peerFrame(fromAgent('2'))];
    agent.feed(Uint8Array.from([...one, ...one, ...one]));
    agent.hangUp();
    const back = harness.agent();
    back.feed(two);
    client.drain();
    expect(text(stream(client, 'client-1.01', Output))).toBe('$1112');
  });
});

describe('a defect', () => {
  it('in an event handler is told once, stops the reading and leaves the process alone', () => {
    const { harness, agent, client } = joined();
    harness.onEvent = (name) => {
      if (name === 'agentGone') throw new Error('a bug');
    };
    agent.hangUp();
    expect(harness.told).toEqual(['opened', 'failed']);
    expect(harness.failures).toEqual([new Error('a bug')]);
    expect(client.isPaused).toBe(true);
  });

  it('in the handler of failures itself stays inside too', () => {
    const { harness, agent } = joined();
    harness.onEvent = () => {
      throw new Error('a bug');
    };
    expect(() => agent.hangUp()).not.toThrow();
  });

  it('of a socket is told as a failure', () => {
    const { harness, agent, client } = joined();
    client.write = () => {
      throw new Error('the socket is broken');
    };
    agent.feedMessage(fromAgent('x'));
    expect(harness.told).toEqual(['opened', 'failed']);
  });
});
