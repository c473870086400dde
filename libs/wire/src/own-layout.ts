import { checkWhole, putU32, putU64, u32, u64 } from './bytes.js';
import { checkPayload, VERSION_103, VERSION_AT } from './header.js';
import { MAX_PAYLOAD_BYTES, MessageType } from './message.js';
import { type Decoded, refuse } from './wire-error.js';

const STREAM_AT = 8;
const LENGTH_AT = 12;
const POSITION_AT = 16;
const HEADER_BYTES = 24;

/** What an own frame carries; it has the same form on both sides of the relay. */
export interface OwnFields {
  /** One of `MessageType`, Open excepted. */
  type: number;
  /**
   * Payload bytes of Input (or Output) sent on the channel before this message, 0 … 2^53 - 1. Of a Sync: Output
   * bytes received so far.
   */
  position: number;
  /** Up to 1 MiB; copied. */
  payload: Uint8Array;
}

const isOwnType = (type: number): boolean =>
  type <= MessageType.Close ||
  type === MessageType.Status ||
  type === MessageType.Sync ||
  (type >= MessageType.Ready && type <= MessageType.TargetError);

/**
 * Decodes a frame of an end that negotiated 1.03. The declared length must be that of the payload.
 * @see docs/protocol.md "Own layout"
 */
export function decodeOwn(frame: Uint8Array): Decoded {
  if (frame.length < HEADER_BYTES) return refuse('too-short');
  if (frame.length > HEADER_BYTES + MAX_PAYLOAD_BYTES) return refuse('too-large');
  if (u32(frame, VERSION_AT) !== VERSION_103) return refuse('wrong-version');
  const type = u32(frame, 0);
  if (!isOwnType(type)) return refuse('unknown-type');
  if (u32(frame, STREAM_AT) !== 0) return refuse('bad-stream');
  if (u32(frame, LENGTH_AT) !== frame.length - HEADER_BYTES) return refuse('bad-length');
  const sequence = u64(frame, POSITION_AT);
  if (sequence > Number.MAX_SAFE_INTEGER) return refuse('bad-position');
  const payload = frame.subarray(HEADER_BYTES);
  return {
    ok: true,
    value: { type, channelId: '', createdMs: 0, inputSeq: 0, outputSeq: 0, sequence, payload },
  };
}

/**
 * Encodes a frame for an end that negotiated 1.03.
 * @throws RangeError where a field is out of the range that {@link OwnFields} gives
 * @see docs/protocol.md "Own layout"
 */
export function encodeOwn(fields: OwnFields): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(fields.type) || fields.type < 0 || !isOwnType(fields.type))
    throw new RangeError('the own layout has no such message type');
  checkPayload(fields.payload, MAX_PAYLOAD_BYTES);
  checkWhole('position', fields.position, 0, Number.MAX_SAFE_INTEGER);
  const frame = new Uint8Array(HEADER_BYTES + fields.payload.length);
  putU32(frame, 0, fields.type);
  putU32(frame, VERSION_AT, VERSION_103);
  putU32(frame, LENGTH_AT, fields.payload.length);
  putU64(frame, POSITION_AT, fields.position);
  frame.set(fields.payload, HEADER_BYTES);
  return frame;
}
