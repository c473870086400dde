import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decode,
  detectClientLayout,
  encode,
  type Layout,
  MAX_PAYLOAD_BYTES,
  type Message,
  toAgentFrame,
} from './index.js';

const layouts: Layout[] = ['agent-1.01', 'client-1.01', 'client-1.02', 'own-1.03'];
const layout = fc.constantFrom(...layouts);
const U32 = 0xffff_ffff;

const channelId = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 32,
});
const sequence = fc.maxSafeNat();
const createdMs = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const payload = fc.uint8Array({ maxLength: 300 });
const stockType = fc.integer({ min: 0, max: 6 });
const u32 = fc.integer({ min: 0, max: U32 });
const nothing = {
  channelId: fc.constant(''),
  createdMs: fc.constant(0),
  inputSeq: fc.constant(0),
  outputSeq: fc.constant(0),
};

const messages: Record<Layout, fc.Arbitrary<Message>> = {
  'agent-1.01': fc.record({ ...nothing, type: stockType, channelId, createdMs, sequence, payload }),
  'client-1.01': fc.record({ ...nothing, type: stockType, channelId, createdMs, sequence, payload }),
  'client-1.02': fc.record({
    type: stockType,
    channelId,
    createdMs,
    inputSeq: u32,
    outputSeq: u32,
    sequence: fc.constant(0),
    payload,
  }),
  'own-1.03': fc.record({
    ...nothing,
    type: fc.constantFrom(0, 1, 2, 3, 5, 6, 16, 17, 18, 19),
    sequence,
    payload,
  }),
};
const message = layout.chain((name) => messages[name].map((value) => ({ name, value })));

/** Bytes that often look like a frame: mutations of real ones, and plain noise. */
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(message, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }), fc.nat(400))
    .map(([{ name, value }, changes, cut]) => {
      const frame = encode(name, value).slice(0, cut);
      for (const [at, byte] of changes) if (at < frame.length) frame[at] = byte;
      return frame;
    }),
);

describe('any message', () => {
  it('comes back from its frame as it was', () => {
    fc.assert(
      fc.property(message, fc.boolean(), ({ name, value }, known) => {
        const result = decode(name, encode(name, value), known ? value.channelId : 'another');
        expect(result).toEqual({ ok: true, value });
      }),
    );
  });

  it('has one frame: decoding and encoding again gives the same bytes', () => {
    fc.assert(
      fc.property(message, ({ name, value }) => {
        const frame = encode(name, value);
        const result = decode(name, frame);
        expect(result.ok && encode(name, result.value)).toEqual(frame);
      }),
    );
  });

  it('of a client keeps its payload on the way to a stock agent', () => {
    fc.assert(
      fc.property(messages['client-1.02'], channelId, createdMs, sequence, (value, id, created, seq) => {
        const frame = toAgentFrame(
          { ...value, type: 0 },
          { channelId: id, createdMs: created, sequence: seq },
        );
        expect(frame && decode('agent-1.01', frame)).toMatchObject({
          ok: true,
          value: { type: 0, channelId: id, createdMs: created, sequence: seq, payload: value.payload },
        });
      }),
    );
  });
});

describe('any bytes', () => {
  it('are a bounded message that views them, or a typed error', () => {
    fc.assert(
      fc.property(layout, hostile, (name, bytes) => {
        const result = decode(name, bytes);
        if (!result.ok) {
          expect(result.error.code).toMatch(/^[a-z-]+$/);
          return;
        }
        expect(result.value.payload.buffer).toBe(bytes.buffer);
        expect(result.value.payload.length).toBeLessThanOrEqual(Math.min(bytes.length, MAX_PAYLOAD_BYTES));
        expect(result.value.channelId.length).toBeLessThanOrEqual(32);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are never changed by decoding', () => {
    fc.assert(
      fc.property(layout, hostile, (name, bytes) => {
        const before = bytes.slice();
        decode(name, bytes);
        detectClientLayout(bytes);
        expect(bytes).toEqual(before);
      }),
    );
  });

  it('that decode as a client frame are of the layout that their version text names', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Layout>('client-1.01', 'client-1.02', 'own-1.03'),
        hostile,
        (name, bytes) => {
          const claimed = detectClientLayout(bytes);
          expect(decode(name, bytes).ok && claimed !== name).toBe(false);
        },
      ),
    );
  });
});
