import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES } from './bounds.js';
import { type PeerFrame, peerFrame } from './fake-byte-socket.js';
import { NO_CLOSE_CODE, Opcode } from './websocket.js';
import { WebSocketReader } from './websocket-reader.js';

type Seen =
  { message: number[] } | { ping: number[] } | { close: number } | { violation: number; reason: string };

function reader(maxMessageBytes = 1_000) {
  const seen: Seen[] = [];
  let onMessage = (): void => undefined;
  const made = new WebSocketReader(
    {
      message: (payload) => {
        seen.push({ message: [...payload] });
        onMessage();
      },
      ping: (payload) => void seen.push({ ping: [...payload] }),
      closeFrame: (close) => void seen.push({ close }),
      violation: (violation, reason) => void seen.push({ violation, reason }),
    },
    maxMessageBytes,
  );
  return { reader: made, seen, onEachMessage: (run: () => void) => void (onMessage = run) };
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at & 0xff);
const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const EMPTY = new Uint8Array(0);
const frame = (length: number, options: PeerFrame = {}): Uint8Array => peerFrame(bytes(length), options);

describe('messages', () => {
  it.each([0, 1, 3, 4, 5, 125, 126, 127, 1_000])('of %i bytes arrive unmasked', (length) => {
    const { reader: it, seen } = reader();
    it.push(frame(length));
    expect(seen).toEqual([{ message: [...bytes(length)] }]);
  });

  it.each([65_535, 65_536])('of %i bytes use the longer length fields', (length) => {
    const { reader: it, seen } = reader(MAX_MESSAGE_BYTES);
    it.push(frame(length));
    expect(seen).toEqual([{ message: [...bytes(length)] }]);
  });

  it('arrive whole for any split of the stream into two', () => {
    const stream = concat(
      frame(5),
      frame(130),
      frame(2, { isFinal: false }),
      frame(3, { opcode: Opcode.Ping }),
      frame(0, { opcode: Opcode.Continuation, isFinal: false }),
      frame(4, { opcode: Opcode.Continuation }),
      frame(0),
    );
    const whole = reader();
    whole.reader.push(stream.slice());
    for (let at = 0; at <= stream.length; at++) {
      const split = reader();
      split.reader.push(stream.slice(0, at));
      split.reader.push(stream.slice(at));
      expect(split.seen).toEqual(whole.seen);
    }
    expect(whole.seen).toHaveLength(5);
  });

  it('arrive whole byte by byte', () => {
    const { reader: it, seen } = reader();
    for (const byte of concat(frame(300), frame(1, { isFinal: false }), frame(1, { opcode: 0 })))
      it.push(Uint8Array.of(byte));
    expect(seen).toEqual([{ message: [...bytes(300)] }, { message: [0, 0] }]);
  });

  it('in fragments are joined, with pings between told at once', () => {
    const { reader: it, seen } = reader();
    it.push(frame(2, { isFinal: false }));
    it.push(frame(1, { opcode: Opcode.Ping }));
    it.push(frame(2, { opcode: Opcode.Continuation }));
    expect(seen).toEqual([{ ping: [0] }, { message: [0, 1, 0, 1] }]);
  });

  it('that lie whole in a chunk are views of it', () => {
    const chunk = frame(10);
    let view: Uint8Array | undefined;
    const sink = { message: (payload: Uint8Array) => void (view = payload) };
    new WebSocketReader(sink as never, 1_000).push(chunk);
    expect(view?.buffer).toBe(chunk.buffer);
  });
});

describe('bounds', () => {
  it('takes a message at the limit and refuses one byte more with 1009, by its header alone', () => {
    const at = reader(1_000);
    at.reader.push(frame(1_000));
    expect(at.seen).toHaveLength(1);
    const over = reader(1_000);
    over.reader.push(frame(1_001).subarray(0, 4));
    expect(over.seen).toEqual([{ violation: 1009, reason: 'the message is too long' }]);
    expect(over.reader.heldBytes).toBe(0);
  });

  it('counts all fragments of a message', () => {
    const { reader: it, seen } = reader(1_000);
    it.push(frame(600, { isFinal: false }));
    it.push(frame(400, { opcode: 0, isFinal: false }));
    expect(seen).toEqual([]);
    it.push(frame(1, { opcode: 0 }));
    expect(seen).toEqual([{ violation: 1009, reason: 'the message is too long' }]);
  });

  it('refuses a length of 2^63 without keeping anything', () => {
    const { reader: it, seen } = reader();
    it.push(Uint8Array.of(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0));
    expect(seen).toEqual([{ violation: 1009, reason: 'the message is too long' }]);
  });

  it('makes room for what has come, not for what the header announces', () => {
    const { reader: it } = reader(MAX_MESSAGE_BYTES);
    it.push(frame(1_000_000).subarray(0, 20));
    expect(it.heldBytes).toBeLessThanOrEqual(1_024);
  });

  it('bears any number of empty fragments', () => {
    const { reader: it, seen } = reader();
    it.push(frame(0, { isFinal: false }));
    for (let i = 0; i < 10_000; i++) it.push(frame(0, { opcode: 0, isFinal: false }));
    it.push(frame(1, { opcode: 0 }));
    expect(seen).toEqual([{ message: [0] }]);
  });
});

describe('broken rules', () => {
  const cases: [string, Uint8Array, number][] = [
    ['reserved bits are set', frame(1, { rsv: 0x40 }), 1002],
    ['reserved bits are set', frame(1, { rsv: 0x20 }), 1002],
    ['reserved bits are set', frame(1, { rsv: 0x10 }), 1002],
    ['the frame is not masked', frame(1, { isMasked: false }), 1002],
    ['text frame', frame(1, { opcode: Opcode.Text }), 1002],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Uint8Array, number] => [
      'reserved opcode',
      frame(1, { opcode }),
      1002,
    ]),
    ['a continuation of nothing', frame(1, { opcode: Opcode.Continuation }), 1002],
    ['a message begins inside another', concat(frame(1, { isFinal: false }), frame(1)), 1002],
    ['a control frame is fragmented', frame(1, { opcode: Opcode.Ping, isFinal: false }), 1002],
    ['a control frame is over 125 bytes', frame(126, { opcode: Opcode.Ping }), 1002],
    ['a control frame is over 125 bytes', frame(126, { opcode: Opcode.Close }), 1002],
  ];
  it.each(cases)('%s', (reason, stream, violation) => {
    const { reader: it, seen } = reader();
    it.push(concat(stream, frame(1)));
    expect(seen).toEqual([{ violation, reason }]);
    expect(it.isEnded).toBe(true);
  });

  it('a ping of 125 bytes is none', () => {
    const { reader: it, seen } = reader();
    it.push(frame(125, { opcode: Opcode.Ping }));
    expect(seen).toEqual([{ ping: [...bytes(125)] }]);
  });
});

describe('close frames', () => {
  const close = (payload: Uint8Array) => {
    const { reader: it, seen } = reader();
    it.push(concat(peerFrame(payload, { opcode: Opcode.Close }), frame(1)));
    return seen;
  };
  const code = (value: number, ...reason: number[]) => Uint8Array.of(value >> 8, value & 0xff, ...reason);

  it.each([1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4999])('%i ends the reading', (value) => {
    expect(close(code(value))).toEqual([{ close: value }]);
  });

  it('without a code are told as such', () => {
    expect(close(EMPTY)).toEqual([{ close: NO_CLOSE_CODE }]);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000])('%i is no code of a frame', (value) => {
    expect(close(code(value))).toEqual([{ violation: 1002, reason: 'invalid close code' }]);
  });

  it('of one byte are refused', () => {
    expect(close(Uint8Array.of(3))).toEqual([{ violation: 1002, reason: 'invalid close code' }]);
  });

  it('with a reason that is no UTF-8 are refused with 1007', () => {
    expect(close(code(1000, 0xc3, 0xa9))).toEqual([{ close: 1000 }]);
    expect(close(code(1000, 0xc3))).toEqual([{ violation: 1007, reason: 'the close reason is not UTF-8' }]);
  });
});

describe('stop and go', () => {
  it('keeps the rest of the chunk after the message in hand, and gives it later', () => {
    const { reader: it, seen, onEachMessage } = reader();
    onEachMessage(() => it.stop());
    it.push(concat(frame(1), frame(2), frame(3)));
    expect(seen).toEqual([{ message: [0] }]);
    expect(it.heldBytes).toBe(frame(2).length + frame(3).length);
    expect(it.go()).toBe(false);
    expect(seen).toHaveLength(2);
    onEachMessage(() => undefined);
    expect(it.go()).toBe(true);
    expect(seen).toHaveLength(3);
    expect(it.heldBytes).toBe(0);
  });

  it('keeps its own copy', () => {
    const { reader: it, seen } = reader();
    const chunk = frame(3);
    it.stop();
    it.push(chunk);
    chunk.fill(0);
    it.go();
    expect(seen).toEqual([{ message: [0, 1, 2] }]);
  });

  it('joins chunks that arrive while stopped', () => {
    const { reader: it, seen } = reader();
    const chunk = frame(5);
    it.stop();
    it.push(chunk.slice(0, 3));
    it.push(chunk.slice(3));
    expect(seen).toEqual([]);
    it.go();
    expect(seen).toEqual([{ message: [0, 1, 2, 3, 4] }]);
  });

  it('goes on at once when told so from within a message', () => {
    const { reader: it, seen, onEachMessage } = reader();
    onEachMessage(() => {
      it.stop();
      it.go();
    });
    it.push(concat(frame(1), frame(1)));
    expect(seen).toHaveLength(2);
  });

  it('reads nothing after its end, even from within a message', () => {
    const { reader: it, seen, onEachMessage } = reader();
    onEachMessage(() => it.end());
    it.push(concat(frame(1), frame(1)));
    it.push(frame(1));
    expect(seen).toHaveLength(1);
  });
});
