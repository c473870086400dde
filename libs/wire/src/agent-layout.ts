import { checkWhole, i64, putAscii, putU32, putU64, u32, u64, u8 } from './bytes.js';
import { checkChannelId, readChannelId } from './channel-id.js';
import { checkPayload, checkStockType, isStockType, VERSION_101, VERSION_AT } from './header.js';
import { MAX_CHANNEL_ID_BYTES, MAX_PAYLOAD_BYTES } from './message.js';
import { type Decoded, refuse } from './wire-error.js';

const CHANNEL_ID_AT = 8;
const CHANNEL_ID_END = CHANNEL_ID_AT + MAX_CHANNEL_ID_BYTES;
const CREATED_AT = 40;
const SEQUENCE_AT = 48;
const LENGTH_AT = 56;
const HEADER_BYTES = 60;
const SPACE = 0x20;

/** What an agent frame carries. */
export interface AgentFields {
  /** A stock type, 0–6. */
  type: number;
  /** At most 32 bytes of printable ASCII. */
  channelId: string;
  /** Ms since the epoch, 1 or more: stock agents drop a message whose time is 0. */
  createdMs: number;
  /** 0 or more. */
  sequence: number;
  /** Up to 1 MiB; copied. */
  payload: Uint8Array;
}

/** The id is padded with spaces by agents, with NULs by others: both go, NULs first. */
function channelIdEnd(frame: Uint8Array, start: number): number {
  let end = CHANNEL_ID_END;
  while (end > start && frame[end - 1] === 0) end--;
  while (end > start && isSpace(u8(frame, end - 1))) end--;
  return end;
}

function channelIdStart(frame: Uint8Array): number {
  let start = CHANNEL_ID_AT;
  while (start < CHANNEL_ID_END && frame[start] === 0) start++;
  while (start < CHANNEL_ID_END && isSpace(u8(frame, start))) start++;
  return start;
}

const isSpace = (byte: number): boolean => byte === SPACE || (byte >= 0x09 && byte <= 0x0d);

/**
 * Decodes a frame of `/luban/session/backend`. The declared length is not looked at, as stock agents do not
 * look at it either: the payload is the rest of the frame.
 * @see docs/protocol.md "Agent layout"
 */
export function decodeAgent(frame: Uint8Array, expectedChannelId: string): Decoded {
  if (frame.length < HEADER_BYTES) return refuse('too-short');
  if (frame.length > HEADER_BYTES + MAX_PAYLOAD_BYTES) return refuse('too-large');
  if (u32(frame, VERSION_AT) !== VERSION_101) return refuse('wrong-version');
  const type = u32(frame, 0);
  if (!isStockType(type)) return refuse('unknown-type');
  const start = channelIdStart(frame);
  const channelId = readChannelId(frame, start, channelIdEnd(frame, start), expectedChannelId);
  if (channelId === undefined) return refuse('bad-channel-id');
  const createdMs = u64(frame, CREATED_AT);
  const sequence = i64(frame, SEQUENCE_AT);
  const payload = frame.subarray(HEADER_BYTES);
  return { ok: true, value: { type, channelId, createdMs, inputSeq: 0, outputSeq: 0, sequence, payload } };
}

/**
 * Encodes a frame for `/luban/session/backend`, in one allocation.
 * @throws RangeError where a field is out of the range that {@link AgentFields} gives
 * @see docs/protocol.md "Agent layout"
 */
export function encodeAgent(fields: AgentFields): Uint8Array<ArrayBuffer> {
  checkStockType(fields.type);
  checkChannelId(fields.channelId);
  checkPayload(fields.payload, MAX_PAYLOAD_BYTES);
  checkWhole('createdMs', fields.createdMs, 1, Number.MAX_SAFE_INTEGER);
  checkWhole('sequence', fields.sequence, 0, Number.MAX_SAFE_INTEGER);
  const frame = new Uint8Array(HEADER_BYTES + fields.payload.length);
  putU32(frame, 0, fields.type);
  putU32(frame, VERSION_AT, VERSION_101);
  frame.fill(SPACE, CHANNEL_ID_AT, CHANNEL_ID_END);
  putAscii(frame, CHANNEL_ID_AT, fields.channelId);
  putU64(frame, CREATED_AT, fields.createdMs);
  putU64(frame, SEQUENCE_AT, fields.sequence);
  putU32(frame, LENGTH_AT, fields.payload.length);
  frame.set(fields.payload, HEADER_BYTES);
  return frame;
}
