import { FakeClock } from '@sallyport/testing';
import { MessageType } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import {
  ChannelHarness,
  from101,
  fromAgent,
  isSame,
  pattern,
  receivedOf,
  stream,
} from './channel-harness.js';
import { peerFrame } from './fake-byte-socket.js';
import { SessionShaper, TokenBucket } from './shaper.js';

const { Input, Output } = MessageType;
const KBIT = 1_024;

/** A channel whose agent always has more to send, in messages of `messageBytes`. */
function saturated(bitsPerSecond: number, messageBytes: number) {
  const clock = new FakeClock();
  const harness = new ChannelHarness(clock, { bitsPerSecond });
  const client = harness.client();
  const agent = harness.agent();
  const frame = peerFrame(fromAgent(pattern(messageBytes)));
  for (let fed = 0; fed < (12 * bitsPerSecond) / 8 + 200_000; fed += messageBytes) agent.feed(frame);
  return { clock, harness, client, agent };
}

describe('the rate', () => {
  it.each([
    [200 * KBIT, 64],
    [200 * KBIT, 1_024],
    [200 * KBIT, 2_048],
    [200 * KBIT, 16_384],
    [200 * KBIT, 100_000],
    [16 * KBIT, 1_024],
    [5_000 * KBIT, 2_048],
    [20_000 * KBIT, 16_384],
  ])(
    'of %i bit/s with messages of %i bytes is exact: to 1 percent over 10 s, to 6 percent over 1 s',
    (bps, messageBytes) => {
      const { clock, harness } = saturated(bps, messageBytes);
      clock.advance(1_000);
      const marks = Array.from({ length: 11 }, () => {
        const passed = harness.channel.bytesToClient;
        clock.advance(1_000);
        return passed;
      });
      const perSecond = bps / 8;
      expect(Math.abs(((marks[10] ?? 0) - (marks[0] ?? 0)) / (10 * perSecond) - 1)).toBeLessThan(0.01);
      // At 16 kbit/s a second has two pieces of 1 KiB.
      if (perSecond > 20_000)
        for (let i = 1; i <= 10; i++)
          expect(Math.abs(((marks[i] ?? 0) - (marks[i - 1] ?? 0)) / perSecond - 1)).toBeLessThan(0.06);
    },
  );

  it('lets 16 KiB go at once and then only what has been earned', () => {
    const { harness, clock } = saturated(200 * KBIT, 1_024);
    expect(harness.channel.bytesToClient).toBe(16_384);
    clock.advance(1_000);
    expect(harness.channel.bytesToClient).toBeLessThanOrEqual(16_384 + 25_600);
  });

  it('loses, doubles and reorders nothing', () => {
    const clock = new FakeClock();
    const harness = new ChannelHarness(clock, { bitsPerSecond: 200 * KBIT });
    const client = harness.client();
    const agent = harness.agent();
    const all = pattern(150_000);
    for (let at = 0; at < all.length; at += 3_000) agent.feedMessage(fromAgent(all.subarray(at, at + 3_000)));
    clock.advance(10_000);
    expect(isSame(stream(client, 'client-1.01', Output), all)).toBe(true);
  });

  it('holds at most one message and one chunk, and pauses the source', () => {
    const { agent, harness } = saturated(200 * KBIT, 2_048);
    expect(agent.isPaused).toBe(true);
    expect(harness.channel.heldBytes).toBeLessThanOrEqual(2_048 + 2_200);
    expect(agent.backlogBytes).toBeGreaterThan(100_000);
  });

  it('changes at once', () => {
    const { clock, harness } = saturated(200 * KBIT, 1_024);
    clock.advance(1_000);
    harness.channel.setRate(100 * KBIT);
    const before = harness.channel.bytesToClient;
    clock.advance(5_000);
    expect(Math.abs((harness.channel.bytesToClient - before) / (5 * 12_800) - 1)).toBeLessThan(0.03);
  });

  it('is one for each direction', () => {
    const { clock, harness, client } = saturated(200 * KBIT, 1_024);
    clock.advance(5_000);
    client.feedMessage(from101(Input, pattern(1_000)));
    expect(harness.channel.bytesToAgent).toBe(1_000);
  });

  it('counts payload only: empty input and resizes go ahead when all tokens are spent', () => {
    const clock = new FakeClock();
    const harness = new ChannelHarness(clock, { bitsPerSecond: 16 * KBIT });
    const client = harness.client();
    const agent = harness.agent();
    agent.feedMessage(fromAgent('$'));
    client.feedMessage(from101(Input, pattern(16_384)));
    client.feedMessage(from101(Input));
    client.feedMessage(from101(MessageType.Resize, Uint8Array.of(24, 0, 80, 0)));
    expect(receivedOf(agent, 'agent-1.01', MessageType.Resize)).toHaveLength(1);
    expect(receivedOf(agent, 'agent-1.01', Input)).toHaveLength(2);
  });
});

describe('channels of one session', () => {
  it('share its rate, evenly when all are busy', () => {
    const clock = new FakeClock();
    const shaper = new SessionShaper({ bitsPerSecond: 200 * KBIT, clock });
    const channels = Array.from({ length: 4 }, () => {
      const harness = new ChannelHarness(clock, { kind: 'port', shaper });
      harness.client();
      const agent = harness.agent();
      for (let i = 0; i < 200; i++) agent.feedMessage(fromAgent(pattern(2_048)));
      return harness.channel;
    });
    clock.advance(1_000);
    const before = channels.map(({ bytesToClient }) => bytesToClient);
    clock.advance(10_000);
    const gained = channels.map(({ bytesToClient }, i) => bytesToClient - (before[i] ?? 0));
    expect(Math.abs(gained.reduce((sum, bytes) => sum + bytes, 0) / 256_000 - 1)).toBeLessThan(0.01);
    for (const bytes of gained) expect(Math.abs(bytes / 64_000 - 1)).toBeLessThan(0.1);
  });

  it('do not overtake those who wait', () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(8_000, clock);
    const woken: string[] = [];
    const waiter = (name: string, bytes: number) => ({
      wake(): void {
        if (bucket.take(this, bytes) > 0) woken.push(name);
      },
    });
    const [first, second] = [waiter('first', 1_000), waiter('second', 500)];
    expect(bucket.take(first, 16_384)).toBe(16_384);
    expect(bucket.take(first, 1_000)).toBe(0);
    clock.advance(10);
    expect(bucket.take(second, 5)).toBe(0);
    clock.advance(2_000);
    expect(woken).toEqual(['second', 'first']);
  });
});

describe('the timer', () => {
  it('is one for all sessions of a clock and stands still when nobody waits', () => {
    const clock = new FakeClock();
    const buckets = Array.from({ length: 10 }, () => new TokenBucket(80_000, clock));
    expect(clock.pendingTimers).toBe(0);
    for (const bucket of buckets) {
      const waiter = { wake: () => void bucket.take(waiter, 1_000) };
      bucket.take(waiter, 16_384);
      bucket.take(waiter, 1_000);
    }
    expect(clock.pendingTimers).toBe(1);
    clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('forgets whoever is gone', () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(80_000, clock);
    const waiter = { wake: () => expect.unreachable('it was forgotten') };
    bucket.take(waiter, 16_384);
    bucket.take(waiter, 1);
    bucket.forget(waiter);
    clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('bears a clock that is set back', () => {
    let nowMs = 1_000_000;
    const bucket = new TokenBucket(8_000, { nowMs: () => nowMs, after: () => ({ cancel: () => undefined }) });
    const waiter = { wake: () => undefined };
    expect(bucket.take(waiter, 16_384)).toBe(16_384);
    nowMs -= 500_000;
    expect(bucket.take(waiter, 10)).toBe(0);
    bucket.forget(waiter);
    nowMs += 100;
    expect(bucket.take(waiter, 100)).toBe(100);
  });
});
