import { u8 } from './bytes.js';
import { MAX_CHANNEL_ID_BYTES } from './message.js';

const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;

/** Whether `text` may stand as an id in a frame or a kick: 1 … `maxBytes` of ASCII without spaces and controls. */
export function isPlainId(text: string, maxBytes: number): boolean {
  if (text.length === 0 || text.length > maxBytes) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE) return false;
  }
  return true;
}

/** @throws RangeError unless `channelId` is empty or a plain id of up to 32 bytes */
export function checkChannelId(channelId: string): void {
  if (channelId !== '' && !isPlainId(channelId, MAX_CHANNEL_ID_BYTES))
    throw new RangeError('a channel id has at most 32 bytes of printable ASCII');
}

function matches(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/**
 * Reads the id at `start` … `end`. Where it equals `expected`, that very string is returned and none is made.
 * @returns undefined when the bytes are no channel id
 */
export function readChannelId(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: string,
): string | undefined {
  if (matches(bytes, start, end, expected)) return expected;
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(u8(bytes, at));
  return text === '' || isPlainId(text, MAX_CHANNEL_ID_BYTES) ? text : undefined;
}
