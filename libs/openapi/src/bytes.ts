import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

const encoder = new TextEncoder();

const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** SHA-256 in lower-case hexadecimal; text counts as UTF-8. */
export const sha256Hex = (data: Uint8Array | string): string =>
  bytesToHex(sha256(typeof data === 'string' ? utf8(data) : data));

/** HMAC-SHA256 in lower-case hexadecimal. */
export const hmacSha256Hex = (key: string, text: string): string =>
  bytesToHex(hmac(sha256, utf8(key), utf8(text)));

/** HMAC-SHA1 in Base64. */
export const hmacSha1Base64 = (key: string, text: string): string =>
  btoa(String.fromCharCode(...hmac(sha1, utf8(key), utf8(text))));

/** Text as unpadded base64url of its UTF-8 bytes. */
export const toBase64Url = (text: string): string =>
  btoa(String.fromCharCode(...utf8(text)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Reverse of {@link toBase64Url}. @returns undefined for anything that is not base64url of UTF-8 */
export function fromBase64Url(text: string): string | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Compares in a time that depends on the lengths only, which are no secret. */
export function equalsInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
