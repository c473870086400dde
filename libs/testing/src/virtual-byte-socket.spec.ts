import { describe, expect, it } from 'vitest';
import { until } from './until.js';
import { virtualSocketPair, type VirtualByteSocket } from './virtual-byte-socket.js';

function collect(socket: VirtualByteSocket): { bytes: number[]; drains: number; closes: number } {
  const seen = { bytes: [] as number[], drains: 0, closes: 0 };
  socket.bind({
    data: (view) => seen.bytes.push(...view),
    drain: () => {
      seen.drains++;
    },
    closed: () => {
      seen.closes++;
    },
  });
  return seen;
}

describe('virtual byte sockets', () => {
  it('delivers what was written before the other end was bound', async () => {
    const [a, b] = virtualSocketPair();
    a.write(Uint8Array.of(1, 2));
    const seen = collect(b);
    expect(seen.bytes).toEqual([]);
    await until('the bytes', () => seen.bytes.length === 2);
  });

  it('asks the writer to wait while the reader is paused, and tells it when the bytes are gone', async () => {
    const [a, b] = virtualSocketPair(4);
    const writer = collect(a);
    const reader = collect(b);
    b.pause();
    expect(a.write(new Uint8Array(4))).toBe(true);
    expect(a.write(new Uint8Array(1))).toBe(false);
    b.resume();
    await until('the drain', () => writer.drains === 1);
    expect(reader.bytes).toHaveLength(5);
  });

  it('ends after what waits, on both sides, once', async () => {
    const [a, b] = virtualSocketPair();
    const left = collect(a);
    const right = collect(b);
    a.write(Uint8Array.of(9));
    a.end();
    await until('both ends closed', () => left.closes + right.closes === 2);
    expect(right.bytes).toEqual([9]);
    expect(a.write(Uint8Array.of(1))).toBe(false);
  });
});
