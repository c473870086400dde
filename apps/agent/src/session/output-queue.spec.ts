import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PART_BYTES, OutputQueue } from './output-queue.js';

const EMPTY = new Uint8Array(0);

describe('OutputQueue', () => {
  it('makes one part of small pieces', () => {
    const queue = new OutputQueue();
    for (const text of ['a', 'bc', 'd']) queue.pushBytes(Buffer.from(text));
    expect(queue.bytes).toBe(4);
    expect(Buffer.from(queue.shift()?.payload ?? []).toString()).toBe('abcd');
    expect(queue.shift()).toBeUndefined();
  });

  it.each([
    [MAX_PART_BYTES, [MAX_PART_BYTES]],
    [MAX_PART_BYTES + 1, [MAX_PART_BYTES, 1]],
  ])('cuts %d bytes', (length, expected) => {
    const queue = new OutputQueue();
    queue.pushBytes(new Uint8Array(length));
    const lengths = [];
    for (let part = queue.shift(); part; part = queue.shift()) lengths.push(part.payload.length);
    expect(lengths).toEqual(expected);
  });

  it('keeps every byte and the place of every message', () => {
    const push = fc.oneof(fc.uint8Array({ maxLength: 40_000 }), fc.constant('message' as const));
    fc.assert(
      fc.property(fc.array(push, { maxLength: 12 }), (pushes) => {
        const queue = new OutputQueue();
        for (const item of pushes)
          if (item === 'message') queue.pushMessage(18, EMPTY);
          else queue.pushBytes(item);
        const expected = pushes
          .map((item) => (item === 'message' ? '|' : Buffer.from(item).toString('hex')))
          .join('');
        let actual = '';
        for (let part = queue.shift(); part; part = queue.shift()) {
          expect(part.payload.length).toBeLessThanOrEqual(MAX_PART_BYTES);
          actual += part.type === undefined ? Buffer.from(part.payload).toString('hex') : '|';
        }
        expect(actual).toBe(expected);
        expect(queue.bytes).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
