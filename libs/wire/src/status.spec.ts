import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clampFlowLimit,
  decodeStatus,
  encodeBrowserRate,
  encodeRate,
  encodeStatus,
  MAX_FLOW_LIMIT_BPS,
  MIN_FLOW_LIMIT_BPS,
  StatusCode,
} from './index.js';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

describe('a status', () => {
  it('keeps its reason', () => {
    expect(decodeStatus(encodeStatus(StatusCode.Closed, 'Exit'))).toEqual({ code: 5, reason: 'Exit' });
    expect(decodeStatus(encodeStatus(StatusCode.Opened))).toEqual({ code: 3, reason: '' });
  });

  it('has no reason beyond printable ASCII', () => {
    for (const reason of ['é', 'a\nb', '\x7f'])
      expect(() => encodeStatus(StatusCode.Closed, reason)).toThrow(RangeError);
  });

  it('is nothing when empty or of an unknown code', () => {
    expect(decodeStatus(bytes())).toBeUndefined();
    expect(decodeStatus(bytes(9))).toBeUndefined();
    expect(decodeStatus(bytes(8))).toEqual({ code: 8, reason: '' });
  });

  it('of any bytes is a value or nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
        const status = decodeStatus(payload);
        if (status) expect(status.code).toBe(payload[0]);
      }),
    );
    expect(decodeStatus(bytes(5, 0xff))).toEqual({ code: 5, reason: '\ufffd' });
  });
});

describe('a rate', () => {
  it('is read from one to four big-endian bytes', () => {
    expect(decodeStatus(bytes(7, 1))).toEqual({ code: 7, bitsPerSecond: 1 });
    expect(decodeStatus(bytes(7, 0xff, 0xff, 0xff, 0xff))).toEqual({ code: 7, bitsPerSecond: 0xffff_ffff });
    expect(decodeStatus(bytes(7))).toBeUndefined();
    expect(decodeStatus(bytes(7, 0, 0, 0, 0, 1))).toBeUndefined();
  });

  it('is clamped to what no stock end fails on', () => {
    const told = [0, 8_000, 16_383, 16_384, 16_385.9, MAX_FLOW_LIMIT_BPS, MAX_FLOW_LIMIT_BPS + 1, Infinity];
    expect(told.map(clampFlowLimit)).toEqual([
      MIN_FLOW_LIMIT_BPS,
      MIN_FLOW_LIMIT_BPS,
      MIN_FLOW_LIMIT_BPS,
      16_384,
      16_385,
      MAX_FLOW_LIMIT_BPS,
      MAX_FLOW_LIMIT_BPS,
      MAX_FLOW_LIMIT_BPS,
    ]);
    expect(decodeStatus(encodeRate(1))).toEqual({ code: 7, bitsPerSecond: MIN_FLOW_LIMIT_BPS });
  });

  it('for the browser client has no byte over 0x7f and is the nearest such rate below', () => {
    const limit = fc.integer({ min: MIN_FLOW_LIMIT_BPS, max: MAX_FLOW_LIMIT_BPS });
    fc.assert(
      fc.property(limit, (bitsPerSecond) => {
        const payload = encodeBrowserRate(bitsPerSecond);
        const rate = new DataView(payload.buffer).getUint32(1);
        expect(Math.max(...payload)).toBeLessThanOrEqual(0x7f);
        expect(rate).toBeLessThanOrEqual(bitsPerSecond);
        expect(rate).toBeGreaterThanOrEqual(MIN_FLOW_LIMIT_BPS);
      }),
    );
    expect(encodeBrowserRate(204_800)).toEqual(bytes(7, 0x00, 0x03, 0x20, 0x00));
    expect(encodeBrowserRate(0x00_10_80_01)).toEqual(bytes(7, 0x00, 0x10, 0x7f, 0x7f));
  });
});
