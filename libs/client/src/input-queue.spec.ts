import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import { INPUT_HIGH_WATERMARK_BYTES, InputQueue } from './input-queue.js';

const RATE = 204_800;
const BYTES_PER_S = RATE / 8;
const BURST_BYTES = 16_384;

function setUp() {
  const clock = new FakeClock();
  const sink = { isOpen: true, bufferedBytes: 0, sent: [] as Uint8Array[], drains: 0 };
  const queue = new InputQueue(
    clock,
    {
      isOpen: () => sink.isOpen,
      bufferedBytes: () => sink.bufferedBytes,
      send: (part) => sink.sent.push(part),
      drained: () => sink.drains++,
    },
    RATE,
  );
  const sentBytes = (): number => sink.sent.reduce((total, part) => total + part.length, 0);
  return { clock, sink, queue, sentBytes };
}

describe('InputQueue', () => {
  it('sends a key press at once', () => {
    const { queue, sink } = setUp();
    expect(queue.push(Uint8Array.of(65))).toBe(true);
    expect(sink.sent).toEqual([Uint8Array.of(65)]);
  });

  it('sends one burst, then no more than the rate', () => {
    const { clock, queue, sentBytes } = setUp();
    queue.push(new Uint8Array(60_000));
    expect(sentBytes()).toBe(BURST_BYTES);
    clock.advance(1_000);
    expect(sentBytes()).toBeGreaterThan(BURST_BYTES + BYTES_PER_S * 0.95);
    expect(sentBytes()).toBeLessThanOrEqual(BURST_BYTES + BYTES_PER_S);
  });

  it('keeps the order and every byte', () => {
    const { clock, queue, sink } = setUp();
    const bytes = Uint8Array.from({ length: 50_000 }, (_, index) => index % 251);
    queue.push(bytes.subarray(0, 20_000));
    queue.push(bytes.subarray(20_000));
    clock.advance(5_000);
    expect(Buffer.concat(sink.sent).equals(bytes)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('asks the source to wait above the high watermark only, and tells when it may go on', () => {
    const { clock, queue, sink } = setUp();
    expect(queue.push(new Uint8Array(BURST_BYTES + INPUT_HIGH_WATERMARK_BYTES))).toBe(false);
    expect(setUp().queue.push(new Uint8Array(INPUT_HIGH_WATERMARK_BYTES))).toBe(true);
    clock.advance(1_500);
    expect(sink.drains).toBe(0);
    clock.advance(1_500);
    expect(sink.drains).toBe(1);
    expect(queue.push(Uint8Array.of(1))).toBe(true);
  });

  it('keeps input while the socket is closed', () => {
    const { clock, queue, sink } = setUp();
    sink.isOpen = false;
    queue.push(Uint8Array.of(1, 2));
    clock.advance(1_000);
    expect(sink.sent).toEqual([]);
    sink.isOpen = true;
    queue.pump();
    expect(sink.sent).toEqual([Uint8Array.of(1, 2)]);
  });

  it('waits for a socket that does not take what it has', () => {
    const { clock, queue, sink } = setUp();
    sink.bufferedBytes = 65_536;
    queue.push(Uint8Array.of(1));
    expect(sink.sent).toEqual([]);
    sink.bufferedBytes = 65_535;
    clock.advance(20);
    expect(sink.sent).toHaveLength(1);
  });

  it('follows a rate that changes', () => {
    const { clock, queue, sentBytes } = setUp();
    queue.setRate(RATE * 4);
    queue.push(new Uint8Array(60_000));
    clock.advance(200);
    expect(sentBytes()).toBeGreaterThan(BURST_BYTES + BYTES_PER_S * 0.6);
  });
});
