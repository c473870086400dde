import { checkWhole, i64, putAscii, putU16, putU32, putU64, u16, u32, u64, u8 } from './bytes.js';
import { checkChannelId, isPlainId, readChannelId } from './channel-id.js';
import { checkPayload, checkStockType, isStockType, VERSION_101, VERSION_102, VERSION_AT } from './header.js';
import { MAX_PAYLOAD_BYTES } from './message.js';
import { type Decoded, refuse } from './wire-error.js';

// Offsets below AFTER_IDS count from the end of the two ids.
const IDS_AT = 8;
const CREATED = 0;
const SEQUENCE = 8;
const INPUT_SEQ = 8;
const OUTPUT_SEQ = 12;
const LENGTH = 16;
const ENCODING_AND_RESERVED = 18;
const AFTER_IDS_BYTES = 20;
/** Header with two empty ids. */
const MIN_HEADER_BYTES = IDS_AT + 2 + AFTER_IDS_BYTES;
const MAX_ID_BYTES = 255;
const MAX_U32 = 0xffff_ffff;
/** 1.02 declares its length in 16 bits. */
const MAX_PAYLOAD_BYTES_102 = 0xffff;

interface ClientFields {
  /** A stock type, 0–6. */
  type: number;
  /** Ms since the epoch, 1 or more: the stock CLI ends on a message whose time is 0. */
  createdMs: number;
  /** Stock clients skip it; up to 255 bytes of printable ASCII. */
  instanceId?: string;
}

/** What a 1.01 client frame carries. */
export interface Client101Fields extends ClientFields {
  /** Empty unless given, as the stock CLI writes it. At most 32 bytes of printable ASCII. */
  channelId?: string;
  /** 0 or more. */
  sequence: number;
  /** Up to 1 MiB; copied. */
  payload: Uint8Array;
}

/** What a 1.02 client frame carries. */
export interface Client102Fields extends ClientFields {
  /** Empty while the client has not learned it. At most 32 bytes of printable ASCII. */
  channelId: string;
  /** 0 … 2^32 - 1. */
  inputSeq: number;
  /** 0 … 2^32 - 1. */
  outputSeq: number;
  /** Up to 65,535 bytes; copied. */
  payload: Uint8Array;
}

/** Position after both ids, or undefined where the frame ends before the header does. */
function afterIds(frame: Uint8Array): number | undefined {
  if (frame.length < MIN_HEADER_BYTES) return undefined;
  const instanceIdAt = IDS_AT + 1 + u8(frame, IDS_AT);
  if (instanceIdAt >= frame.length) return undefined;
  const at = instanceIdAt + 1 + u8(frame, instanceIdAt);
  return at + AFTER_IDS_BYTES > frame.length ? undefined : at;
}

/**
 * Decodes a frame of the session URL. The declared length is not looked at in either version: the CLI writes
 * and reads it at the wrong place when ids are present, and the browser sample declares a slice's end instead
 * of its length for long pastes. The payload is the rest of the frame.
 * @see docs/protocol.md "Client layouts"
 */
export function decodeClient(
  layout: 'client-1.01' | 'client-1.02',
  frame: Uint8Array,
  expectedChannelId: string,
): Decoded {
  const at = afterIds(frame);
  if (at === undefined) return refuse('too-short');
  if (frame.length > at + AFTER_IDS_BYTES + MAX_PAYLOAD_BYTES) return refuse('too-large');
  const is102 = layout === 'client-1.02';
  if (u32(frame, VERSION_AT) !== (is102 ? VERSION_102 : VERSION_101)) return refuse('wrong-version');
  const type = u32(frame, 0);
  if (!isStockType(type)) return refuse('unknown-type');
  const channelId = readChannelId(frame, IDS_AT + 1, IDS_AT + 1 + u8(frame, IDS_AT), expectedChannelId);
  if (channelId === undefined) return refuse('bad-channel-id');
  if (is102 && u16(frame, at + ENCODING_AND_RESERVED) !== 0) return refuse('bad-encoding');
  const createdMs = u64(frame, at + CREATED);
  const inputSeq = is102 ? u32(frame, at + INPUT_SEQ) : 0;
  const outputSeq = is102 ? u32(frame, at + OUTPUT_SEQ) : 0;
  const sequence = is102 ? 0 : i64(frame, at + SEQUENCE);
  const payload = frame.subarray(at + AFTER_IDS_BYTES);
  return { ok: true, value: { type, channelId, createdMs, inputSeq, outputSeq, sequence, payload } };
}

/** Allocates the frame and writes what both versions have in common; the caller writes the rest. */
function startFrame(fields: ClientFields, version: number, channelId: string, payload: Uint8Array) {
  checkStockType(fields.type);
  checkChannelId(channelId);
  const instanceId = fields.instanceId ?? '';
  if (instanceId !== '' && !isPlainId(instanceId, MAX_ID_BYTES))
    throw new RangeError('an instance id has at most 255 bytes of printable ASCII');
  checkWhole('createdMs', fields.createdMs, 1, Number.MAX_SAFE_INTEGER);
  const at = IDS_AT + 2 + channelId.length + instanceId.length;
  const frame = new Uint8Array(at + AFTER_IDS_BYTES + payload.length);
  putU32(frame, 0, fields.type);
  putU32(frame, VERSION_AT, version);
  putId(frame, IDS_AT, channelId);
  putId(frame, IDS_AT + 1 + channelId.length, instanceId);
  putU64(frame, at + CREATED, fields.createdMs);
  frame.set(payload, at + AFTER_IDS_BYTES);
  return { frame, at };
}

function putId(frame: Uint8Array, at: number, id: string): void {
  frame[at] = id.length;
  putAscii(frame, at + 1, id);
}

/**
 * Encodes a frame for or of a 1.01 client.
 * @throws RangeError where a field is out of the range that {@link Client101Fields} gives
 * @see docs/protocol.md "Client layouts"
 */
export function encodeClient101(fields: Client101Fields): Uint8Array<ArrayBuffer> {
  checkPayload(fields.payload, MAX_PAYLOAD_BYTES);
  checkWhole('sequence', fields.sequence, 0, Number.MAX_SAFE_INTEGER);
  const { frame, at } = startFrame(fields, VERSION_101, fields.channelId ?? '', fields.payload);
  putU64(frame, at + SEQUENCE, fields.sequence);
  putU32(frame, at + LENGTH, fields.payload.length);
  return frame;
}

/**
 * Encodes a frame for or of a 1.02 client.
 * @throws RangeError where a field is out of the range that {@link Client102Fields} gives
 * @see docs/protocol.md "Client layouts"
 */
export function encodeClient102(fields: Client102Fields): Uint8Array<ArrayBuffer> {
  checkPayload(fields.payload, MAX_PAYLOAD_BYTES_102);
  checkWhole('inputSeq', fields.inputSeq, 0, MAX_U32);
  checkWhole('outputSeq', fields.outputSeq, 0, MAX_U32);
  const { frame, at } = startFrame(fields, VERSION_102, fields.channelId, fields.payload);
  putU32(frame, at + INPUT_SEQ, fields.inputSeq);
  putU32(frame, at + OUTPUT_SEQ, fields.outputSeq);
  putU16(frame, at + LENGTH, fields.payload.length);
  return frame;
}
