import { equalsInConstantTime, sha256Hex } from './bytes.js';
import type { BearerCredentials, Credentials, V1Credentials, V3Credentials } from './credentials.js';
import { rpcError, type RpcError } from './rpc-error.js';
import type { RpcRequest } from './rpc-request.js';
import { signatureV1, signatureV3, stringToSignV1, stringToSignV3 } from './signature.js';

/** How far a request's time may be from the server's, either way, in ms. A nonce must be remembered twice as long. */
export const CLOCK_WINDOW_MS = 15 * 60_000;

/** Most of a string to sign that an error repeats: V1's can be several times as long as its request. */
const MAX_REPEATED_LENGTH = 16_384;

const MANDATORY_SIGNED_HEADERS = [
  'host',
  'x-acs-action',
  'x-acs-content-sha256',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-version',
];

/**
 * Checks a request's time against the server's (spec openapi §7); exactly 15 minutes off is still accepted.
 * @throws RpcError `InvalidTimeStamp.Format`, `InvalidTimeStamp.Expired`
 */
export function checkTimestamp({ timestamp }: V1Credentials | V3Credentials, nowMs: number): void {
  const sentMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp) ? Date.parse(timestamp) : NaN;
  if (Number.isNaN(sentMs)) throw rpcError('InvalidTimeStamp.Format');
  if (Math.abs(nowMs - sentMs) > CLOCK_WINDOW_MS) throw rpcError('InvalidTimeStamp.Expired');
}

/**
 * Verifies a signature with the secret of its access key, in constant time. For V3 the body must have the signed hash, and
 * the signature must cover the mandatory headers and every `x-acs-*` header that is present.
 * @throws RpcError `SignatureDoesNotMatch`, whose message ends with the server's string to sign (cut at 16,384 characters);
 *   `IncompleteSignature` when a V3 signature leaves out a header that it must cover
 */
export function verifySignature(
  request: RpcRequest,
  credentials: V1Credentials | V3Credentials,
  secret: string,
): void {
  if (credentials.kind === 'v1') verifyV1(request, credentials, secret);
  else verifyV3(request, credentials, secret);
}

/**
 * Requires a token beside a temporary access key; whose token it is, its issuer must say.
 * @throws RpcError `MissingSecurityToken`
 */
export function checkSecurityToken(credentials: Exclude<Credentials, BearerCredentials>): void {
  if (credentials.accessKeyId.startsWith('STS.') && !credentials.securityToken)
    throw rpcError('MissingSecurityToken');
}

function verifyV1(request: RpcRequest, credentials: V1Credentials, secret: string): void {
  const text = stringToSignV1(request.method, request.params);
  if (!equalsInConstantTime(signatureV1(text, secret), credentials.signature)) throw mismatch(text);
}

function verifyV3(request: RpcRequest, credentials: V3Credentials, secret: string): void {
  assertCoverage(request, credentials);
  const { method, path, query, headers } = request;
  // Not the hash that was sent: what is signed must be the body that was read.
  const contentSha256 = sha256Hex(request.body);
  const { signedHeaders } = credentials;
  const text = stringToSignV3({ method, path, query, headers, signedHeaders, contentSha256 });
  const isOwnBody = equalsInConstantTime(contentSha256, credentials.contentSha256);
  if (!equalsInConstantTime(signatureV3(text, secret), credentials.signature) || !isOwnBody)
    throw mismatch(text);
}

function assertCoverage({ headers }: RpcRequest, { signedHeaders }: V3Credentials): void {
  const covered = new Set(signedHeaders);
  const present = [...headers.keys()].filter((name) => name.startsWith('x-acs-'));
  const omitted = [...MANDATORY_SIGNED_HEADERS, ...present].find((name) => !covered.has(name));
  if (omitted) throw rpcError('IncompleteSignature', `SignedHeaders must contain ${omitted}.`);
}

/** The Go SDK compares what follows the colon with its own string, to tell a wrong secret from an encoding fault. */
const mismatch = (stringToSign: string): RpcError =>
  rpcError(
    'SignatureDoesNotMatch',
    `The signature of the request does not match; server string to sign is:${stringToSign.slice(0, MAX_REPEATED_LENGTH)}`,
  );
