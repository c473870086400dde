import { putAscii, u8 } from './bytes.js';
import { clampFlowLimit } from './flow-limit.js';

/** First byte of a Status payload: the state of the session, or what follows. */
export const StatusCode = {
  Initial: 0,
  Opening: 1,
  /** Never came to be; a reason follows. */
  Aborted: 2,
  Opened: 3,
  Closing: 4,
  /** Over; a reason follows. The only end that every stock client understands. */
  Closed: 5,
  /** As Closed; the stock CLI ignores it. */
  Exited: 6,
  /** The session's rate follows. */
  Stream: 7,
  /** The browser client is to come back later; a reason follows. */
  Frozen: 8,
} as const;

/** A status other than Stream. */
export type PlainStatusCode = Exclude<(typeof StatusCode)[keyof typeof StatusCode], 7>;

/** What a Status payload says. */
export type Status =
  | { readonly code: PlainStatusCode; readonly reason: string }
  | { readonly code: typeof StatusCode.Stream; readonly bitsPerSecond: number };

const ASCII = /^[\x20-\x7e]*$/;
const MAX_RATE_BYTES = 4;
const LARGEST_7_BIT = 0x7f;

/**
 * @param reason  printable ASCII: the browser client counts characters where it should count bytes
 * @throws RangeError on any other reason
 */
export function encodeStatus(code: PlainStatusCode, reason = ''): Uint8Array<ArrayBuffer> {
  if (!ASCII.test(reason)) throw new RangeError('a status reason is printable ASCII');
  const payload = new Uint8Array(1 + reason.length);
  payload[0] = code;
  putAscii(payload, 1, reason);
  return payload;
}

/** A Stream status; the rate is clamped as {@link clampFlowLimit} does. */
export const encodeRate = (bitsPerSecond: number): Uint8Array<ArrayBuffer> =>
  ratePayload(clampFlowLimit(bitsPerSecond));

/**
 * A Stream status for the browser client, which decodes the number as text and throws on most bytes over 0x7f:
 * the largest rate up to `bitsPerSecond` without such a byte. That client only stores it.
 */
export function encodeBrowserRate(bitsPerSecond: number): Uint8Array<ArrayBuffer> {
  const payload = ratePayload(clampFlowLimit(bitsPerSecond));
  const first = payload.findIndex((byte) => byte > LARGEST_7_BIT);
  return first < 0 ? payload : payload.fill(LARGEST_7_BIT, first);
}

function ratePayload(bitsPerSecond: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(1 + MAX_RATE_BYTES);
  payload[0] = StatusCode.Stream;
  new DataView(payload.buffer).setUint32(1, bitsPerSecond);
  return payload;
}

/** @returns undefined when the payload is empty, its code unknown, or its rate not 1 to 4 bytes long */
export function decodeStatus(payload: Uint8Array): Status | undefined {
  const code = payload[0];
  if (code === undefined || code > StatusCode.Frozen) return undefined;
  if (code === StatusCode.Stream) return decodeRate(payload);
  const reason = new TextDecoder().decode(payload.subarray(1));
  return { code: code as PlainStatusCode, reason };
}

function decodeRate(payload: Uint8Array): Status | undefined {
  if (payload.length < 2 || payload.length > 1 + MAX_RATE_BYTES) return undefined;
  let bitsPerSecond = 0;
  for (let at = 1; at < payload.length; at++) bitsPerSecond = bitsPerSecond * 256 + u8(payload, at);
  return { code: StatusCode.Stream, bitsPerSecond };
}
