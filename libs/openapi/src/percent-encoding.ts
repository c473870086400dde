import { invalidParameter, rpcError, type RpcError } from './rpc-error.js';

/** Named values of a request, decoded. Of a name that occurs more than once, the last occurrence counts. */
export type Parameters = ReadonlyMap<string, string>;

/** Most name–value pairs that a request may have, query and form together. */
export const MAX_PARAMETERS = 2_000;

const NEEDS_ENCODING = /[^A-Za-z0-9\-_.~]/;

/** Percent-encodes all but letters, digits and `-_.~`, upper-case hexadecimal over UTF-8 (spec openapi §4). */
export function encode(text: string): string {
  if (!NEEDS_ENCODING.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Parameters as a query: sorted by name, encoded, joined by `&`. This is both what signatures cover and what may be sent.
 * The order is that of UTF-16 units, which is byte order for every name that a client has (all are ASCII).
 */
export function encodeQuery(parameters: Parameters, except?: string): string {
  const names = [...parameters.keys()].filter((name) => name !== except).sort();
  return names.map((name) => `${encode(name)}=${encode(parameters.get(name) ?? '')}`).join('&');
}

/**
 * Adds the pairs of a query or form body to `into`; a name that is there already gets the new value.
 * `+` is a space and `%XX` is UTF-8; a name without `=` has an empty value.
 * @throws RpcError `InvalidParameter` for a malformed escape or too many pairs
 */
export function decodeForm(text: string, into: Map<string, string>): void {
  if (text === '') return;
  const pairs = text.split('&', MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) throw tooManyParameters();
  for (const pair of pairs) if (pair !== '') decodePair(pair, into);
  if (into.size > MAX_PARAMETERS) throw tooManyParameters();
}

function decodePair(pair: string, into: Map<string, string>): void {
  const equals = pair.indexOf('=');
  const name = decode(equals < 0 ? pair : pair.slice(0, equals));
  const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
  // Stores cannot hold it, and no parameter means anything by it.
  if (value.includes('\0')) throw invalidParameter(name.replace(/[^\w.]/g, '').slice(0, 64));
  into.set(name, value);
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw rpcError('InvalidParameter', 'The parameters are not percent-encoded UTF-8.');
  }
}

const tooManyParameters = (): RpcError =>
  rpcError('InvalidParameter', `A request has at most ${MAX_PARAMETERS} parameters.`);
