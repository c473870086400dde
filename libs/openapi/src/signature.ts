import { hmacSha1Base64, hmacSha256Hex, sha256Hex } from './bytes.js';
import { encode, encodeQuery, type Parameters } from './percent-encoding.js';

/** Name of the only V3 algorithm that is supported. */
export const V3_ALGORITHM = 'ACS3-HMAC-SHA256';

/** What a V3 signature covers. */
export interface V3Parts {
  readonly method: string;
  /** As in the request line, without the query. */
  readonly path: string;
  readonly query: Parameters;
  /** By lower-case name; one that is absent counts as empty. */
  readonly headers: ReadonlyMap<string, string>;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body, lower-case hexadecimal. */
  readonly contentSha256: string;
}

/** Text that a V1 signature is computed over (spec openapi §5): every parameter except `Signature`. */
export const stringToSignV1 = (method: string, params: Parameters): string =>
  `${method}&%2F&${encode(encodeQuery(params, 'Signature'))}`;

/** Base64 of HMAC-SHA1 with the secret and `&` as key. */
export const signatureV1 = (stringToSign: string, secret: string): string =>
  hmacSha1Base64(`${secret}&`, stringToSign);

/** The canonical request of V3 (spec openapi §6), whose hash is signed. */
export function canonicalRequestV3(parts: V3Parts): string {
  const headers = parts.signedHeaders.map((name) => `${name}:${parts.headers.get(name)?.trim() ?? ''}\n`);
  return [
    parts.method,
    canonicalPath(parts.path),
    encodeQuery(parts.query),
    headers.join(''),
    parts.signedHeaders.join(';'),
    parts.contentSha256,
  ].join('\n');
}

/** Text that a V3 signature is computed over. */
export const stringToSignV3 = (parts: V3Parts): string =>
  `${V3_ALGORITHM}\n${sha256Hex(canonicalRequestV3(parts))}`;

/** Lower-case hexadecimal of HMAC-SHA256 with the bare secret as key. */
export const signatureV3 = (stringToSign: string, secret: string): string =>
  hmacSha256Hex(secret, stringToSign);

const canonicalPath = (path: string): string =>
  path.replaceAll('+', '%20').replaceAll('*', '%2A').replaceAll('%7E', '~');
