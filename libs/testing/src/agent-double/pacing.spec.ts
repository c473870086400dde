import { expect, it } from 'vitest';
import { incompleteTailBytes, pauseMsAt, PORT_PACING, SHELL_PACING } from './pacing.js';

it.each([
  [204_800, 40, 83],
  [1_000_000, 8, 16],
  [8_200_191, 1, 2],
  [8_200_192, 0, 2],
  [16_400_384, 0, 0],
])('at %i bit/s a shell pauses %i ms and a port %i ms', (bitsPerSecond, shellMs, portMs) => {
  expect(pauseMsAt(bitsPerSecond, SHELL_PACING)).toBe(shellMs);
  expect(pauseMsAt(bitsPerSecond, PORT_PACING)).toBe(portMs);
});

it('divides by zero below 8192 bit/s for shells and 16384 bit/s for ports', () => {
  expect([8_191, 8_192].map((rate) => pauseMsAt(rate, SHELL_PACING))).toEqual([undefined, 1_000]);
  expect([16_383, 16_384].map((rate) => pauseMsAt(rate, PORT_PACING))).toEqual([undefined, 1_000]);
});

it.each([
  ['é cut after 1 byte', [0x61, 0xc3], 1],
  ['€ cut after 1 byte', [0xe2], 1],
  ['€ cut after 2 bytes', [0xe2, 0x82], 2],
  ['an emoji cut after 3 bytes', [0xf0, 0x9f, 0x98], 3],
  ['a whole €', [0xe2, 0x82, 0xac], 0],
  ['ASCII', [0x61], 0],
  ['continuation bytes without a start', [0x80, 0x80, 0x80], 0],
  ['a byte that never occurs', [0xff], 0],
  ['nothing', [], 0],
])('%s: the tail held back is right', (_what, bytes, held) => {
  expect(incompleteTailBytes(Uint8Array.from(bytes))).toBe(held);
});
