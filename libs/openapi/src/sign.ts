import { sha256Hex } from './bytes.js';
import type { Parameters } from './percent-encoding.js';
import { signatureV1, signatureV3, stringToSignV1, stringToSignV3, V3_ALGORITHM } from './signature.js';
import { isoSeconds } from './time.js';

/** An access key, with the token that a temporary one has. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string | undefined;
}

/** A request to be signed with V3. */
export interface V3Request extends AccessKey {
  readonly method: string;
  /** Host and port as the `Host` header will have them. */
  readonly host: string;
  /** `/` for RPC calls. */
  readonly path: string;
  /** Send it with {@link encodeQuery}, or encoded in any other way. */
  readonly query: Parameters;
  readonly action: string;
  readonly version: string;
  /** Empty when there is none. */
  readonly body: Uint8Array;
  /** More headers to sign and send, by lower-case name, e.g. `content-type`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly nowMs: number;
  /** Never used before with this access key. */
  readonly nonce: string;
}

/** Signs with ACS3-HMAC-SHA256. @returns all headers to send, by lower-case name */
export function signV3(request: V3Request): Record<string, string> {
  const { accessKeyId, accessKeySecret, securityToken } = request;
  const contentSha256 = sha256Hex(request.body);
  const sent: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-acs-action': request.action,
    'x-acs-version': request.version,
    'x-acs-date': isoSeconds(request.nowMs),
    'x-acs-signature-nonce': request.nonce,
    'x-acs-content-sha256': contentSha256,
    ...(securityToken === undefined ? {} : { 'x-acs-security-token': securityToken }),
  };
  const signedHeaders = Object.keys(sent).sort();
  const headers = new Map(Object.entries(sent));
  const { method, path, query } = request;
  const text = stringToSignV3({ method, path, query, headers, signedHeaders, contentSha256 });
  const signature = signatureV3(text, accessKeySecret);
  const authorization = `${V3_ALGORITHM} Credential=${accessKeyId},SignedHeaders=${signedHeaders.join(';')},Signature=${signature}`;
  return { ...sent, authorization };
}

/** A request to be signed with V1. */
export interface V1Request extends AccessKey {
  readonly method: 'GET' | 'POST';
  readonly action: string;
  readonly version: string;
  /** Business parameters, flattened; may override the public ones, except those of the signature. */
  readonly params: Parameters;
  readonly nowMs: number;
  /** Never used before with this access key. */
  readonly nonce: string;
}

/** Signs with HMAC-SHA1. @returns all parameters to send, in the query or as a form body */
export function signV1(request: V1Request): Map<string, string> {
  const params = new Map([
    ['Action', request.action],
    ['Version', request.version],
    ['Format', 'JSON'],
    ...request.params,
    ['AccessKeyId', request.accessKeyId],
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureVersion', '1.0'],
    ['SignatureNonce', request.nonce],
    ['Timestamp', isoSeconds(request.nowMs)],
  ]);
  if (request.securityToken !== undefined) params.set('SecurityToken', request.securityToken);
  params.set('Signature', signatureV1(stringToSignV1(request.method, params), request.accessKeySecret));
  return params;
}
