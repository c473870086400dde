import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeExit, decodeTargetError, encodeExit, encodeTargetError } from './index.js';

describe('an exit', () => {
  it('keeps its status and signal', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.constantFrom(undefined, 'SIGHUP', 'SIGRTMIN+1'), (code, signal) => {
        const exit = signal === undefined ? { code } : { code, signal };
        expect(decodeExit(encodeExit(exit))).toEqual(exit);
      }),
    );
  });

  it('has a status of one byte and a signal of 1 to 16 characters', () => {
    for (const exit of [
      { code: 256 },
      { code: -1 },
      { code: 0.5 },
      { code: 1, signal: '' },
      { code: 1, signal: 'sig' },
    ])
      expect(() => encodeExit(exit)).toThrow(RangeError);
    expect(encodeExit({ code: 1, signal: 'S'.repeat(16) })).toHaveLength(17);
    expect(() => encodeExit({ code: 1, signal: 'S'.repeat(17) })).toThrow(RangeError);
  });

  it('is nothing in an empty payload, a long one, or one with another text', () => {
    const text = (signal: string) => new Uint8Array([0, ...new TextEncoder().encode(signal)]);
    for (const payload of [new Uint8Array(), text('S'.repeat(17)), text('sig kill'), text('é')])
      expect(decodeExit(payload)).toBeUndefined();
  });
});

describe("a target's error", () => {
  it('keeps its reason', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (reason) => {
        expect(decodeTargetError(encodeTargetError(reason))).toBe(reason);
      }),
    );
  });

  it('is cut to 1,024 bytes between characters', () => {
    expect(encodeTargetError('x'.repeat(1_025))).toHaveLength(1_024);
    expect(decodeTargetError(encodeTargetError(`x${'é'.repeat(600)}`))).toBe(`x${'é'.repeat(511)}`);
  });

  it('is read from its first 1,024 bytes, whatever they are', () => {
    expect(decodeTargetError(new Uint8Array(2_000).fill(0x78))).toHaveLength(1_024);
    expect(decodeTargetError(new Uint8Array([0xff]))).toBe('\ufffd');
  });
});
