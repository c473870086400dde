import { describe, expect, it } from 'vitest';
import own from '../../../test/fixtures/wire/own-vectors.json' with { type: 'json' };
import stock from '../../../test/fixtures/wire/vectors.json' with { type: 'json' };
import {
  decode,
  decodeExit,
  decodeResize,
  decodeStatus,
  decodeTargetError,
  detectClientLayout,
  encode,
  encodeClient102,
  encodeExit,
  encodeRate,
  encodeResizeBinary,
  encodeResizeJson,
  encodeStatus,
  encodeTargetError,
  type Exit,
  type Layout,
  type Message,
  MessageType,
  type Status,
  type TerminalSize,
  toAgentFrame,
} from './index.js';

interface Vector {
  name: string;
  layout: Layout;
  about: string;
  hex: string;
  message: Omit<Message, 'payload'> & { payloadHex: string };
  instanceId?: string;
  status?: Status;
  resize?: TerminalSize;
  exit?: Exit;
  reason?: string;
}

const vectors = [...stock.vectors, ...own.vectors] as Vector[];
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function decoded(layout: Layout, frame: Uint8Array): Message {
  const result = decode(layout, frame);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function vector(name: string): Vector {
  const found = vectors.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return found;
}

const titled = (list: Vector[]): [string, Vector][] => list.map((v) => [`${v.name}: ${v.about}`, v]);

describe('golden frames', () => {
  it('cover every layout and every message type but Open', () => {
    expect(new Set(vectors.map((v) => v.layout)).size).toBe(4);
    const types = new Set(vectors.map((v) => v.message.type));
    expect([...types].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 5, 6, 16, 17, 18, 19]);
  });

  it.each(titled(vectors))('%s decodes to its fields', (_title, { layout, hex, message }) => {
    const { payload, ...fields } = decoded(layout, fromHex(hex));
    expect({ ...fields, payloadHex: toHex(payload) }).toEqual(message);
  });

  it.each(titled(vectors))('%s is what its fields encode to', (_title, v) => {
    const { payloadHex, ...fields } = v.message;
    const message = { ...fields, payload: fromHex(payloadHex) };
    const frame =
      v.instanceId === undefined
        ? encode(v.layout, message)
        : encodeClient102({ ...message, instanceId: v.instanceId });
    expect(toHex(frame)).toBe(v.hex);
  });

  it.each(titled(vectors))('%s cut anywhere is a shorter payload or a typed error', (_title, v) => {
    const frame = fromHex(v.hex);
    const headerBytes = frame.length - v.message.payloadHex.length / 2;
    for (let end = 0; end < frame.length; end++) {
      const result = decode(v.layout, frame.subarray(0, end));
      if (end < headerBytes) expect(result).toMatchObject({ ok: false, error: { code: 'too-short' } });
      else if (v.layout === 'own-1.03') expect(result).toMatchObject({ error: { code: 'bad-length' } });
      else expect(result).toMatchObject({ ok: true, value: { payload: frame.subarray(headerBytes, end) } });
    }
  });

  it.each(titled(vectors.filter((v) => v.layout !== 'agent-1.01')))(
    '%s tells its layout by its version text',
    (_title, v) => {
      expect(detectClientLayout(fromHex(v.hex))).toBe(v.layout);
      expect(detectClientLayout(fromHex(v.hex).subarray(0, 7))).toBeUndefined();
    },
  );
});

describe('golden payloads', () => {
  it.each(titled(vectors.filter((v) => v.status)))(
    '%s is a status both ways',
    (_title, { message, status }) => {
      expect(decodeStatus(fromHex(message.payloadHex))).toEqual(status);
      if (!status) return;
      const payload =
        status.code === 7 ? encodeRate(status.bitsPerSecond) : encodeStatus(status.code, status.reason);
      expect(toHex(payload)).toBe(message.payloadHex);
    },
  );

  it.each(titled(vectors.filter((v) => v.resize)))('%s is a size both ways', (_title, v) => {
    expect(decodeResize(fromHex(v.message.payloadHex))).toEqual(v.resize);
    const encodeResize = v.layout === 'agent-1.01' ? encodeResizeJson : encodeResizeBinary;
    expect(toHex(encodeResize(v.resize as TerminalSize))).toBe(v.message.payloadHex);
  });

  it.each(titled(vectors.filter((v) => v.exit)))('%s is an exit both ways', (_title, v) => {
    expect(decodeExit(fromHex(v.message.payloadHex))).toEqual(v.exit);
    expect(toHex(encodeExit(v.exit as Exit))).toBe(v.message.payloadHex);
  });

  it('O13 is a reason both ways', () => {
    const { message, reason } = vector('O13');
    expect(decodeTargetError(fromHex(message.payloadHex))).toBe(reason);
    expect(toHex(encodeTargetError(reason as string))).toBe(message.payloadHex);
  });
});

describe('what a relay makes of a frame', () => {
  it.each(stock.transformations)('$from becomes $to, byte for byte', ({ from, to }) => {
    const target = vector(to);
    const message = decoded(vector(from).layout, fromHex(vector(from).hex));
    // The vectors stand on different channels, so the target's is the one given; all else comes from the source.
    const moved = { ...message, channelId: target.message.channelId };
    const frame =
      message.type === MessageType.Output ? encode(target.layout, moved) : toAgentFrame(moved, moved);
    expect(frame && toHex(frame)).toBe(target.hex);
  });

  it('a client message of a type that stock agents must not see becomes nothing', () => {
    const consumed = ['C4', 'B4', 'C2', 'C6', 'O9'].map((name) =>
      decoded(vector(name).layout, fromHex(vector(name).hex)),
    );
    const envelope = { channelId: 'p-1', createdMs: 1, sequence: 0 };
    expect(consumed.map((message) => toAgentFrame(message, envelope))).toEqual(consumed.map(() => undefined));
  });

  it('a Resize that is no size becomes nothing', () => {
    const resize = { ...decoded('client-1.01', fromHex(vector('C3').hex)), payload: new Uint8Array(4) };
    expect(toAgentFrame(resize, { channelId: 'p-1', createdMs: 1, sequence: 0 })).toBeUndefined();
  });
});
