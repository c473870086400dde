// Little-endian reads and writes without a DataView, so that the decoder allocates nothing for them. Callers
// have checked the bounds.

const TWO_POW_32 = 0x1_0000_0000;

/** Reads one byte. */
export const u8 = (bytes: Uint8Array, at: number): number => bytes[at] as number;

/** Reads 0 … 65 535. */
export const u16 = (bytes: Uint8Array, at: number): number => u8(bytes, at) | (u8(bytes, at + 1) << 8);

/** Reads 0 … 2^32 - 1. */
export const u32 = (bytes: Uint8Array, at: number): number =>
  (u16(bytes, at) | (u8(bytes, at + 2) << 16) | (u8(bytes, at + 3) << 24)) >>> 0;

/** Reads an unsigned 64-bit number; exact up to 2^53, rounded above. */
export const u64 = (bytes: Uint8Array, at: number): number =>
  u32(bytes, at + 4) * TWO_POW_32 + u32(bytes, at);

/** Reads a signed 64-bit number; exact within ±2^53, rounded beyond. */
export const i64 = (bytes: Uint8Array, at: number): number =>
  (u32(bytes, at + 4) | 0) * TWO_POW_32 + u32(bytes, at);

/** Writes the low 16 bits of `value`. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

/** Writes the low 32 bits of `value`. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value);
  putU16(bytes, at + 2, value >>> 16);
}

/** Writes a whole number of 0 … 2^53 - 1. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  putU32(bytes, at, value % TWO_POW_32);
  putU32(bytes, at + 4, Math.floor(value / TWO_POW_32));
}

/** Writes text that is known to be ASCII. */
export function putAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** @throws RangeError unless `value` is a whole number of `min` … `max` */
export function checkWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}`);
}
