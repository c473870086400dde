import { parseAuthorization } from './authorization-header.js';
import { missingParameter, rpcError } from './rpc-error.js';
import { isBearer, isV1, isV3, type RpcRequest } from './rpc-request.js';

interface SignedCredentials {
  readonly accessKeyId: string;
  readonly signature: string;
  /** At most 128 characters. */
  readonly nonce: string;
  /** As sent, see {@link checkTimestamp}. */
  readonly timestamp: string;
  readonly securityToken: string | undefined;
}

/** Signature 1.0: HMAC-SHA1 over the parameters; Base64 (spec openapi §5). */
export interface V1Credentials extends SignedCredentials {
  readonly kind: 'v1';
}

/** ACS3-HMAC-SHA256: lower-case hexadecimal (spec openapi §6). */
export interface V3Credentials extends SignedCredentials {
  readonly kind: 'v3';
  /** Lower-case names of the headers that the signature covers, sorted. */
  readonly signedHeaders: readonly string[];
  /** `x-acs-content-sha256` as sent. */
  readonly contentSha256: string;
}

/** A token in place of a signature (spec openapi §9). */
export interface BearerCredentials {
  readonly kind: 'bearer';
  readonly token: string;
}

/** What a request says of its caller; nothing in it has been verified. */
export type Credentials = V1Credentials | V3Credentials | BearerCredentials;

/** Bound of what a replay memory is asked to hold; clients send 32 to 64 characters. */
const MAX_NONCE_LENGTH = 128;
const V1_PUBLIC_PARAMETERS = [
  'AccessKeyId',
  'SignatureMethod',
  'SignatureVersion',
  'SignatureNonce',
  'Timestamp',
  'Signature',
] as const;

/**
 * Finds a request's credentials, whichever generation they are of.
 * @throws RpcError `MissingParameter`, also when there are no credentials at all; `IncompleteSignature` for a malformed
 *   `Authorization`; `UnsupportedParameter` for an algorithm or an identity token that is not supported
 */
export function readCredentials(request: RpcRequest): Credentials {
  if (request.headers.has('x-acs-zero-trust-idtoken'))
    throw rpcError('UnsupportedParameter', 'Identity tokens (x-acs-zero-trust-idtoken) are not supported.');
  const credentials = readAny(request);
  if (credentials.kind !== 'bearer' && credentials.nonce.length > MAX_NONCE_LENGTH)
    throw rpcError('InvalidParameter', `The signature nonce has at most ${MAX_NONCE_LENGTH} characters.`);
  return credentials;
}

function readAny(request: RpcRequest): Credentials {
  if (isV3(request.headers)) return readV3(request);
  if (isBearer(request.params, request.headers)) return readBearer(request);
  if (isV1(request.params)) return readV1(request);
  throw missingParameter('AccessKeyId');
}

function readBearer({ params, headers }: RpcRequest): BearerCredentials {
  const token = headers.get('x-acs-bearer-token') ?? params.get('BearerToken');
  if (!token) throw missingParameter('BearerToken');
  return { kind: 'bearer', token };
}

function readV1({ params }: RpcRequest): V1Credentials {
  const absent = V1_PUBLIC_PARAMETERS.find((name) => !params.get(name));
  if (absent) throw missingParameter(absent);
  assertAlgorithm('SignatureMethod', params.get('SignatureMethod')?.toUpperCase(), 'HMAC-SHA1');
  assertAlgorithm('SignatureVersion', params.get('SignatureVersion'), '1.0');
  return {
    kind: 'v1',
    accessKeyId: params.get('AccessKeyId') ?? '',
    signature: params.get('Signature') ?? '',
    nonce: params.get('SignatureNonce') ?? '',
    timestamp: params.get('Timestamp') ?? '',
    securityToken: params.get('SecurityToken'),
  };
}

function readV3({ headers }: RpcRequest): V3Credentials {
  const { algorithm, ...authorization } = parseAuthorization(headers.get('authorization') ?? '');
  assertAlgorithm('signature algorithm', algorithm, 'ACS3-HMAC-SHA256');
  const mandatory = (name: string): string => {
    const value = headers.get(name)?.trim();
    if (!value) throw missingParameter(name);
    return value;
  };
  return {
    kind: 'v3',
    ...authorization,
    nonce: mandatory('x-acs-signature-nonce'),
    timestamp: mandatory('x-acs-date'),
    contentSha256: mandatory('x-acs-content-sha256'),
    securityToken: headers.get('x-acs-security-token'),
  };
}

function assertAlgorithm(what: string, actual: string | undefined, supported: string): void {
  if (actual === supported) return;
  throw rpcError('UnsupportedParameter', `The ${what} is not supported; use ${supported}.`);
}
