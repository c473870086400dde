import { describe, expect, it } from 'vitest';
import {
  type AgentFields,
  type Client102Fields,
  decode,
  encodeAgent,
  encodeClient101,
  encodeClient102,
  encodeOwn,
  type Layout,
  MAX_PAYLOAD_BYTES,
  MessageType,
} from './index.js';

const none = new Uint8Array();
const agent: AgentFields = { type: 0, channelId: 'p-1', createdMs: 1, sequence: 0, payload: none };
const client102: Client102Fields = {
  type: 0,
  channelId: 'p-1',
  createdMs: 1,
  inputSeq: 0,
  outputSeq: 0,
  payload: none,
};

/** An Input of each layout with empty ids. */
const inputs: Record<Layout, (payload: Uint8Array) => Uint8Array> = {
  'agent-1.01': (payload) => encodeAgent({ ...agent, channelId: '', payload }),
  'client-1.01': (payload) => encodeClient101({ type: 0, createdMs: 1, sequence: 0, payload }),
  'client-1.02': (payload) => encodeClient102({ ...client102, channelId: '', payload }),
  'own-1.03': (payload) => encodeOwn({ type: 0, position: 0, payload }),
};
const layouts = Object.keys(inputs) as Layout[];

/** `frame` with some bytes replaced. */
function patched(frame: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = frame.slice();
  copy.set(bytes, at);
  return copy;
}

const refusal = (layout: Layout, frame: Uint8Array): string | undefined => {
  const result = decode(layout, frame);
  return result.ok ? undefined : result.error.code;
};

describe('decode', () => {
  it.each(layouts)('%s: an empty payload and one of 1 MiB pass, one more byte does not', (layout) => {
    const overhead = inputs[layout](none).length;
    const largest = new Uint8Array(overhead + MAX_PAYLOAD_BYTES + 1);
    largest.set(inputs[layout](none));
    const exact = largest.subarray(0, -1);
    if (layout === 'own-1.03') largest.set([0, 0, 0x10], 12);
    expect(refusal(layout, inputs[layout](none))).toBeUndefined();
    expect(refusal(layout, exact)).toBeUndefined();
    expect(refusal(layout, largest)).toBe('too-large');
  });

  it.each(layouts)('%s: the payload is a view, not a copy', (layout) => {
    const frame = inputs[layout](new Uint8Array([1, 2, 3]));
    const result = decode(layout, frame);
    expect(result.ok && result.value.payload.buffer).toBe(frame.buffer);
  });

  it.each(layouts)('%s: a frame inside a larger buffer is read from where it begins', (layout) => {
    const frame = inputs[layout](new Uint8Array([1, 2, 3]));
    const around = new Uint8Array(frame.length + 10).fill(0xff);
    around.set(frame, 5);
    expect(decode(layout, around.subarray(5, 5 + frame.length))).toEqual(decode(layout, frame));
  });

  it.each(layouts)('%s: the version text of another layout is refused', (layout) => {
    for (const text of ['1.00', '1.04', '1,01', '\0\0\0\0'])
      expect(refusal(layout, patched(inputs[layout](none), 4, ...Buffer.from(text)))).toBe('wrong-version');
  });

  it('stock layouts end at type 6, so the types of own ends are refused', () => {
    for (const layout of layouts.slice(0, 3)) {
      expect(refusal(layout, patched(inputs[layout](none), 0, MessageType.Sync))).toBeUndefined();
      for (const type of [7, MessageType.Ready, 255])
        expect(refusal(layout, patched(inputs[layout](none), 0, type))).toBe('unknown-type');
    }
  });

  it('the own layout has no Open, and nothing between Sync and Ready or after TargetError', () => {
    for (const type of [4, 7, 15, 20, 255])
      expect(refusal('own-1.03', patched(inputs['own-1.03'](none), 0, type))).toBe('unknown-type');
    for (const type of [0, 1, 2, 3, 5, 6, 16, 17, 18, 19])
      expect(refusal('own-1.03', patched(inputs['own-1.03'](none), 0, type))).toBeUndefined();
  });

  it('a type is compared in all its 32 bits', () => {
    for (const layout of layouts)
      expect(refusal(layout, patched(inputs[layout](none), 0, 0, 0, 0, 0x80))).toBe('unknown-type');
  });

  it('stock layouts take the rest of the frame as payload, whatever length is declared', () => {
    const payload = new Uint8Array([1, 2, 3]);
    const lengthAt = { 'agent-1.01': 56, 'client-1.01': 26, 'client-1.02': 26 };
    for (const [layout, at] of Object.entries(lengthAt)) {
      const frame = patched(inputs[layout as Layout](payload), at, 0xff, 0xff);
      expect(decode(layout as Layout, frame)).toMatchObject({ ok: true, value: { payload } });
    }
  });

  it('the own layout wants the declared length to be true', () => {
    const frame = inputs['own-1.03'](new Uint8Array(3));
    for (const length of [0, 2, 4])
      expect(refusal('own-1.03', patched(frame, 12, length))).toBe('bad-length');
  });

  it('the own layout has one stream and positions up to 2^53 - 1', () => {
    const frame = inputs['own-1.03'](none);
    expect(refusal('own-1.03', patched(frame, 8, 1))).toBe('bad-stream');
    const largest = encodeOwn({ type: 0, position: Number.MAX_SAFE_INTEGER, payload: none });
    expect(decode('own-1.03', largest)).toMatchObject({ value: { sequence: Number.MAX_SAFE_INTEGER } });
    expect(refusal('own-1.03', patched(frame, 16, 0, 0, 0, 0, 0, 0, 0x20, 0))).toBe('bad-position');
  });

  it('1.02 wants encoding and reserved bytes of 0', () => {
    for (const at of [28, 29])
      expect(refusal('client-1.02', patched(inputs['client-1.02'](none), at, 1))).toBe('bad-encoding');
  });

  it('an agent sequence below 0 is read with its sign', () => {
    const frame = patched(encodeAgent(agent), 48, ...Array<number>(8).fill(0xff));
    expect(decode('agent-1.01', frame)).toMatchObject({ value: { sequence: -1 } });
  });
});

describe('channel ids', () => {
  const idOf = (layout: Layout, frame: Uint8Array, expected?: string) => {
    const result = decode(layout, frame, expected);
    return result.ok ? result.value.channelId : result.error.code;
  };

  it('the agent layout drops NULs, then white space, on both ends', () => {
    const frame = encodeAgent({ ...agent, channelId: 'x'.repeat(32) });
    const cases = new Map([
      ['p-1'.padEnd(32), 'p-1'],
      ['p-1'.padEnd(32, '\0'), 'p-1'],
      ['p-1 \t\r\n'.padEnd(32, '\0'), 'p-1'],
      [`\0\0 \tp-1`.padEnd(32), 'p-1'],
      [' '.repeat(32), ''],
      ['\0'.repeat(32), ''],
      ['a b'.padEnd(32), 'bad-channel-id'],
      ['p-1\0x'.padEnd(32), 'bad-channel-id'],
      ['p-\x7f'.padEnd(32), 'bad-channel-id'],
    ]);
    for (const [field, id] of cases)
      expect(idOf('agent-1.01', patched(frame, 8, ...Buffer.from(field)))).toBe(id);
  });

  it('a client may name 32 bytes of channel id, not 33', () => {
    const frame = encodeClient102({ ...client102, channelId: 'x'.repeat(32) });
    expect(idOf('client-1.02', frame)).toBe('x'.repeat(32));
    const longer = new Uint8Array([...frame.subarray(0, 8), 33, 0x78, ...frame.subarray(9)]);
    expect(idOf('client-1.02', longer)).toBe('bad-channel-id');
  });

  it('an id that differs from the expected one is returned as it is', () => {
    for (const expected of ['', 'p-2', 'p-10', 'p-1'])
      expect(idOf('agent-1.01', encodeAgent(agent), expected)).toBe('p-1');
  });

  it('an instance id is skipped, whatever its bytes', () => {
    const frame = encodeClient101({ type: 1, createdMs: 1, sequence: 9, instanceId: 'i-1', payload: none });
    const odd = patched(frame, 10, 0xff, 0x00, 0x20);
    expect(decode('client-1.01', odd)).toEqual(decode('client-1.01', frame));
  });
});

describe('encoders', () => {
  it.each([
    ['a channel id of 33 bytes', { channelId: 'x'.repeat(33) }],
    ['a channel id with a space', { channelId: 'a b' }],
    ['a channel id beyond ASCII', { channelId: 'é' }],
    ['the time 0, which stock ends refuse', { createdMs: 0 }],
    ['a time with a fraction', { createdMs: 1.5 }],
    ['a negative type', { type: -1 }],
    ['a type of own ends', { type: MessageType.Ready }],
    ['a payload over 1 MiB', { payload: new Uint8Array(MAX_PAYLOAD_BYTES + 1) }],
  ])('refuse %s', (_title, wrong) => {
    expect(() => encodeAgent({ ...agent, ...wrong })).toThrow(RangeError);
    expect(() => encodeClient102({ ...client102, ...wrong })).toThrow(RangeError);
    expect(() => encodeClient101({ ...agent, ...wrong })).toThrow(RangeError);
  });

  it('refuse a sequence out of range', () => {
    expect(() => encodeAgent({ ...agent, sequence: -1 })).toThrow(RangeError);
    expect(() => encodeClient101({ ...agent, sequence: 2 ** 53 })).toThrow(RangeError);
    expect(() => encodeClient102({ ...client102, inputSeq: 2 ** 32 })).toThrow(RangeError);
    expect(() => encodeClient102({ ...client102, outputSeq: -1 })).toThrow(RangeError);
  });

  it('declare up to 65,535 bytes in 1.02, not more', () => {
    expect(encodeClient102({ ...client102, payload: new Uint8Array(0xffff) })).toHaveLength(33 + 0xffff);
    expect(() => encodeClient102({ ...client102, payload: new Uint8Array(0x10000) })).toThrow(RangeError);
  });

  it('refuse an instance id that does not fit its field', () => {
    const withInstance = (instanceId: string) => encodeClient102({ ...client102, instanceId });
    expect(withInstance('i'.repeat(255))).toHaveLength(30 + 3 + 255);
    expect(() => withInstance('i'.repeat(256))).toThrow(RangeError);
    expect(() => withInstance('ï')).toThrow(RangeError);
  });

  it('refuse types, lengths and positions that the own layout does not have', () => {
    const own = { type: 0, position: 0, payload: none };
    for (const wrong of [
      { type: MessageType.Open },
      { type: 20 },
      { position: -1 },
      { position: 2 ** 53 },
      { payload: new Uint8Array(MAX_PAYLOAD_BYTES + 1) },
    ])
      expect(() => encodeOwn({ ...own, ...wrong })).toThrow(RangeError);
  });
});
