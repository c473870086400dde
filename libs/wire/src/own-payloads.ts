/** How a shell ended. */
export interface Exit {
  /** Exit status, 0 … 255; 128 + number where a signal ended it, by the shell's own habit. */
  readonly code: number;
  /** `SIGKILL` and the like, where a signal ended it. */
  readonly signal?: string;
}

const SIGNAL = /^[A-Z0-9+]{1,16}$/;
const MAX_EXIT_BYTES = 1 + 16;
const MAX_CODE = 255;
/** A reason is one line for a person. */
const MAX_REASON_BYTES = 1_024;

/**
 * Payload of an Exit message: the status in one byte, then the signal's name.
 * @throws RangeError on a status out of range or a name that is not 1 to 16 capitals, digits or `+`
 */
export function encodeExit(exit: Exit): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(exit.code) || exit.code < 0 || exit.code > MAX_CODE)
    throw new RangeError('an exit status is a whole number from 0 to 255');
  if (exit.signal !== undefined && !SIGNAL.test(exit.signal))
    throw new RangeError('a signal name has 1 to 16 capitals or digits');
  const name = new TextEncoder().encode(exit.signal ?? '');
  const payload = new Uint8Array(1 + name.length);
  payload[0] = exit.code;
  payload.set(name, 1);
  return payload;
}

/** @returns undefined when the payload is none that {@link encodeExit} makes */
export function decodeExit(payload: Uint8Array): Exit | undefined {
  const code = payload[0];
  if (code === undefined || payload.length > MAX_EXIT_BYTES) return undefined;
  if (payload.length === 1) return { code };
  const signal = new TextDecoder().decode(payload.subarray(1));
  return SIGNAL.test(signal) ? { code, signal } : undefined;
}

/** Payload of a TargetError message: the reason as UTF-8, cut to 1,024 bytes at the border of a character. */
export function encodeTargetError(reason: string): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(MAX_REASON_BYTES);
  return payload.slice(0, new TextEncoder().encodeInto(reason, payload).written);
}

/** The reason of a TargetError message: its first 1,024 bytes, wrong UTF-8 replaced. */
export const decodeTargetError = (payload: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload.subarray(0, MAX_REASON_BYTES));
