import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResize, encodeResizeBinary, encodeResizeJson } from './index.js';

const json = (text: string): Uint8Array => new TextEncoder().encode(text);
const cells = fc.integer({ min: 1, max: 32_767 });

describe('a resize', () => {
  it('comes back from both forms', () => {
    fc.assert(
      fc.property(cells, cells, (rows, cols) => {
        expect(decodeResize(encodeResizeBinary({ rows, cols }))).toEqual({ rows, cols });
        expect(decodeResize(encodeResizeJson({ rows, cols }))).toEqual({ rows, cols });
      }),
    );
  });

  it('of 123 rows is not taken for JSON, though it begins with a brace', () => {
    const payload = encodeResizeBinary({ rows: 123, cols: 80 });
    expect(String.fromCharCode(...payload.subarray(0, 1))).toBe('{');
    expect(decodeResize(payload)).toEqual({ rows: 123, cols: 80 });
  });

  it.each([0, -1, 32_768, 1.5, Number.NaN])('has no side of %d cells', (side) => {
    for (const size of [
      { rows: side, cols: 80 },
      { rows: 24, cols: side },
    ]) {
      expect(() => encodeResizeBinary(size)).toThrow(RangeError);
      expect(() => encodeResizeJson(size)).toThrow(RangeError);
      expect(decodeResize(json(JSON.stringify(size)))).toBeUndefined();
    }
  });

  it('in binary with a side of 0 or below is nothing', () => {
    expect(decodeResize(new Uint8Array([0, 0, 80, 0]))).toBeUndefined();
    expect(decodeResize(new Uint8Array([24, 0, 0xff, 0xff]))).toBeUndefined();
  });

  it.each(['', '{', '[]', 'null ', '24', '{"cols":80}', '{"cols":"80","rows":"24"}', '\xff'])(
    'is nothing in the text %j',
    (text) => expect(decodeResize(json(text))).toBeUndefined(),
  );

  it('may have other members, up to 256 bytes in all', () => {
    const padded = (bytes: number) => json('{"cols":80,"rows":24}'.padEnd(bytes));
    expect(decodeResize(json('{"cols":80,"rows":24,"x":{}}'))).toEqual({ rows: 24, cols: 80 });
    expect(decodeResize(padded(256))).toEqual({ rows: 24, cols: 80 });
    expect(decodeResize(padded(257))).toBeUndefined();
  });
});
