import { FakeClock } from '@sallyport/testing';
import { encodeResizeBinary, MessageType, StatusCode } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { KEEP_ALIVE_MS, MAX_EARLY_INPUT_BYTES, READY_AFTER_MS } from './bounds.js';
import {
  ChannelHarness,
  from101,
  fromAgent,
  fromOwn,
  isSame,
  pattern,
  received,
  receivedOf,
  statuses,
  stream,
  text,
} from './channel-harness.js';

const { Input, Resize, Status } = MessageType;
const size = (rows: number): Uint8Array => encodeResizeBinary({ rows, cols: 80 });

function opened(kind: 'shell' | 'port' = 'shell', layout: 'agent-1.01' | 'own-1.03' = 'agent-1.01') {
  const clock = new FakeClock();
  const harness = new ChannelHarness(clock, { kind });
  const client = harness.client();
  const agent = harness.agent(layout);
  const inputs = (): string => text(stream(agent, layout, Input));
  return { clock, harness, client, agent, inputs };
}

describe('early input', () => {
  it('waits for the first Output of a stock agent, with the last size in front', () => {
    const { client, agent, inputs } = opened();
    client.feedMessage(from101(Resize, size(24)));
    client.feedMessage(from101(Input, 'l'));
    client.feedMessage(from101(Resize, size(25)));
    client.feedMessage(from101(Input, 's\r'));
    expect(receivedOf(agent, 'agent-1.01', Input)).toEqual([]);
    agent.feedMessage(fromAgent('$ '));
    const [, resize, input] = received(agent, 'agent-1.01');
    expect(text(resize?.payload ?? size(1))).toBe('{"cols":80,"rows":25}');
    expect(input?.type).toBe(Input);
    expect(inputs()).toBe('ls\r');
    expect(receivedOf(agent, 'agent-1.01', Resize)).toHaveLength(1);
  });

  it.each(['shell', 'port'] as const)(
    'waits 3 s for a stock %s that says nothing first, counted from its socket',
    (kind) => {
      const { client, clock, inputs } = opened(kind);
      client.feedMessage(from101(Input, 'SSH-2.0'));
      clock.advance(READY_AFTER_MS - 1);
      expect(inputs()).toBe('');
      clock.advance(1);
      expect(inputs()).toBe('SSH-2.0');
    },
  );

  it('waits for the Ready of an own agent, however long that takes', () => {
    const { client, agent, clock, inputs } = opened('shell', 'own-1.03');
    client.feedMessage(from101(Resize, size(24)));
    client.feedMessage(from101(Input, 'ls\r'));
    clock.advance(10_000);
    expect(inputs()).toBe('');
    agent.feedMessage(fromOwn(MessageType.Ready));
    expect(inputs()).toBe('ls\r');
    expect(receivedOf(agent, 'own-1.03', Resize).map(({ payload }) => payload)).toEqual([size(24)]);
  });

  it('waits for an agent that is not there yet', () => {
    const clock = new FakeClock();
    const harness = new ChannelHarness(clock);
    const client = harness.client();
    client.feedMessage(from101(Input, 'ls\r'));
    const agent = harness.agent();
    agent.feedMessage(fromAgent('$ '));
    expect(text(stream(agent, 'agent-1.01', Input))).toBe('ls\r');
  });

  it('is held up to 64 KiB; then the client is paused, and nothing is lost', () => {
    const { client, agent, inputs, harness } = opened();
    const message = pattern(1_024);
    for (let i = 0; i < 63; i++) client.feedMessage(from101(Input, message));
    client.feedMessage(from101(Input, message.subarray(0, 1_023)));
    expect(harness.channel.heldBytes).toBe(MAX_EARLY_INPUT_BYTES - 1);
    expect(client.isPaused).toBe(false);
    client.feedMessage(from101(Input, message.subarray(1_023)));
    expect(client.isPaused).toBe(true);
    client.feedMessage(from101(Input, 'more'));
    expect(inputs()).toBe('');
    agent.feedMessage(fromAgent('$ '));
    expect(client.isPaused).toBe(false);
    const all = stream(agent, 'agent-1.01', Input);
    expect(all).toHaveLength(MAX_EARLY_INPUT_BYTES + 4);
    expect(isSame(all.subarray(0, 1_024), message)).toBe(true);
    expect(text(all.subarray(MAX_EARLY_INPUT_BYTES))).toBe('more');
  });

  it('of one byte each costs what it holds', () => {
    const { client, harness } = opened();
    for (let i = 0; i < 5_000; i++) client.feedMessage(from101(Input, 'x'));
    expect(harness.channel.heldBytes).toBe(5_000);
  });

  it('is held again while the agent dials again, and goes at once when it is back', () => {
    const { client, agent, harness } = opened();
    agent.feedMessage(fromAgent('$ '));
    agent.hangUp();
    expect(harness.told).toEqual(['opened', 'agentGone']);
    client.feedMessage(from101(Resize, size(30)));
    client.feedMessage(from101(Input, 'ls\r'));
    const back = harness.agent();
    expect(received(back, 'agent-1.01').map(({ type }) => type)).toEqual([Resize, Input, Status]);
    expect(harness.told).toEqual(['opened', 'agentGone']);
  });
});

describe('statuses', () => {
  it('tell Opening before the agent, then Opened and the rate, once', () => {
    const harness = new ChannelHarness(new FakeClock(), { bitsPerSecond: 204_800 });
    const client = harness.client();
    expect(statuses(client, 'client-1.01')).toEqual([{ code: StatusCode.Opening, reason: '' }]);
    expect(harness.told).toEqual([]);
    const agent = harness.agent();
    harness.agent();
    expect(statuses(client, 'client-1.01').slice(1)).toEqual([
      { code: StatusCode.Opened, reason: '' },
      { code: StatusCode.Stream, bitsPerSecond: 204_800 },
    ]);
    expect(statuses(agent, 'agent-1.01')).toEqual([{ code: StatusCode.Stream, bitsPerSecond: 204_800 }]);
    expect(harness.told).toEqual(['opened']);
  });

  it('never tell a rate that breaks stock ends, and own agents none', () => {
    const harness = new ChannelHarness(new FakeClock(), { bitsPerSecond: 8_000 });
    const client = harness.client();
    const [agent, own] = [harness.agent(), harness.agent('own-1.03')];
    expect(statuses(agent, 'agent-1.01')).toEqual([{ code: StatusCode.Stream, bitsPerSecond: 16_384 }]);
    expect(statuses(client, 'client-1.01').at(-1)).toEqual({
      code: StatusCode.Stream,
      bitsPerSecond: 16_384,
    });
    expect(own.messages).toEqual([]);
  });

  it('tell a new rate to both ends at once', () => {
    const harness = new ChannelHarness(new FakeClock(), { bitsPerSecond: 204_800 });
    const client = harness.client();
    const agent = harness.agent();
    harness.channel.setRate(1_000_000);
    const expected = { code: StatusCode.Stream, bitsPerSecond: 1_000_000 };
    expect(statuses(client, 'client-1.01').at(-1)).toEqual(expected);
    expect(statuses(agent, 'agent-1.01').at(-1)).toEqual(expected);
    expect(harness.shaper.bitsPerSecond).toBe(1_000_000);
  });

  it('tell the browser client a rate without bytes that it cannot read', () => {
    const harness = new ChannelHarness(new FakeClock(), { bitsPerSecond: 0xff_ff });
    const client = harness.client('unknown');
    harness.agent();
    const [payload] = receivedOf(client, 'client-1.02', Status)
      .slice(-1)
      .map((message) => message.payload);
    expect(payload?.every((byte) => byte < 0x80)).toBe(true);
  });
});

describe('keep-alive', () => {
  it('sends a stock shell an empty Input after 60 s in which nothing was sent to it', () => {
    const { agent, client, clock } = opened();
    agent.feedMessage(fromAgent('$ '));
    const keepAlives = (): number =>
      receivedOf(agent, 'agent-1.01', Input).filter(({ payload }) => payload.length === 0).length;
    const live = (ms: number): void => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        clock.advance(10_000);
        for (const socket of [agent, client]) socket.feed(Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0));
      }
    };
    live(KEEP_ALIVE_MS - 10_000);
    client.feedMessage(from101(Input, 'x'));
    live(KEEP_ALIVE_MS - 10_000);
    expect(keepAlives()).toBe(0);
    live(20_000);
    expect(keepAlives()).toBe(1);
    live(180_000);
    expect(keepAlives()).toBeGreaterThanOrEqual(3);
  });

  it('sends nothing to a port or to an own agent', () => {
    for (const [kind, layout] of [
      ['port', 'agent-1.01'],
      ['shell', 'own-1.03'],
    ] as const) {
      const { agent, client, clock } = opened(kind, layout);
      agent.feedMessage(layout === 'own-1.03' ? fromOwn(MessageType.Ready) : fromAgent('x'));
      for (let passed = 0; passed < 300_000; passed += 10_000) {
        clock.advance(10_000);
        for (const socket of [agent, client]) socket.feed(Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0));
      }
      expect(receivedOf(agent, layout, Input)).toEqual([]);
    }
  });
});
