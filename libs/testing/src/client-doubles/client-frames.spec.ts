import { describe, expect, it } from 'vitest';
import { readClientFrame, resizePayload, writeFrame101, writeFrame102 } from './client-frames.js';

const AT_MS = 1_700_000_000_000;

describe('frames of the public clients (wire protocol §9)', () => {
  it.each([
    [
      'C1',
      writeFrame101(0, 0, Buffer.from('ls\r'), AT_MS),
      '00000000312e303100000068e5cf8b0100000000000000000000030000006c730d',
    ],
    [
      'C3',
      writeFrame101(2, 1, resizePayload(24, 80), AT_MS),
      '02000000312e303100000068e5cf8b01000001000000000000000400000018005000',
    ],
    [
      'C4',
      writeFrame101(3, 2, Buffer.from('1'), AT_MS),
      '03000000312e303100000068e5cf8b01000002000000000000000100000031',
    ],
    [
      'B1',
      writeFrame102({
        type: 0,
        channelId: 'd-channel',
        inputSeq: 1,
        outputSeq: 0,
        payload: Buffer.from('pwd'),
        createdMs: AT_MS,
      }),
      '00000000312e303209642d6368616e6e656c000068e5cf8b010000010000000000000003000000707764',
    ],
    [
      'B4',
      writeFrame102({
        type: 6,
        channelId: 'd-channel',
        inputSeq: 5,
        outputSeq: 9,
        payload: Buffer.alloc(0),
        createdMs: AT_MS,
      }),
      '06000000312e303209642d6368616e6e656c000068e5cf8b010000050000000900000000000000',
    ],
  ])('%s is written byte for byte', (_name, frame, hex) => {
    expect(frame.toString('hex')).toBe(hex);
  });

  it('B2 is read with its two ids and sequences', () => {
    const hex =
      '01000000312e303209642d6368616e6e656c0a692d696e7374616e63650068e5cf8b0100000100000001000000050000007077640d0a';
    expect(readClientFrame(Buffer.from(hex, 'hex'))).toEqual({
      type: 1,
      version: '1.02',
      channelId: 'd-channel',
      instanceId: 'i-instance',
      createdMs: AT_MS,
      inputSeq: 1,
      outputSeq: 1,
      lengthField: 5,
      payload: Buffer.from('pwd\r\n'),
    });
  });
});
