import { decodeForm, type Parameters } from './percent-encoding.js';
import { rpcError } from './rpc-error.js';

/** A request as an HTTP server has read it. */
export interface RawRequest {
  readonly method: string;
  /** Target of the request line: path and query, at most 64 KiB. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The whole body, at most 1 MiB, whatever its transfer encoding was. */
  readonly body: Uint8Array;
}

/** Form of the answer. */
export type ResponseFormat = 'JSON' | 'XML';

/** A request decoded by the reading rules (spec openapi §2, §3); nothing in it has been verified. */
export interface RpcRequest {
  readonly method: string;
  /** As sent, without the query; `/` for every RPC call. */
  readonly path: string;
  /** The query alone: what V3 signs. */
  readonly query: Parameters;
  /** The query overlaid by the form body: what V1 signs and actions read. */
  readonly params: Parameters;
  /** By lower-case name; several values of one name are joined by `,`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly format: ResponseFormat;
  /** From the place that the request's kind of signature covers: parameter (V1) or header (V3). */
  readonly action: string | undefined;
  readonly version: string | undefined;
}

const MAX_URL_LENGTH = 65_536;
const MAX_BODY_BYTES = 1_048_576;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const NO_PARAMETERS: Parameters = new Map();

/**
 * Decodes a request. Where a name occurs more than once the last value counts, the body after the query; actions and
 * signatures see the same values.
 * @throws RpcError `UnsupportedHTTPMethod`; `InvalidParameter` for a request that is too long, has more than 2,000
 *   parameters, is not percent-encoded UTF-8, or holds a NUL
 */
export function readRpcRequest(raw: RawRequest): RpcRequest {
  if (raw.method !== 'GET' && raw.method !== 'POST') throw rpcError('UnsupportedHTTPMethod');
  assertBounds(raw);
  const headers = readHeaders(raw.headers);
  const { path, query } = readTarget(raw.url);
  const params = overlayForm(query, headers, raw.body);
  return {
    method: raw.method,
    path,
    query,
    params,
    headers,
    body: raw.body,
    format: params.get('Format')?.toUpperCase() === 'XML' ? 'XML' : 'JSON',
    ...readOperation(params, headers),
  };
}

/** Whether the request carries a V3 signature. */
export const isV3 = (headers: RpcRequest['headers']): boolean =>
  headers.get('authorization')?.startsWith('ACS3-') ?? false;

/** Whether the request is marked as one with a token in place of a signature. */
export const isBearer = (params: Parameters, headers: RpcRequest['headers']): boolean =>
  params.get('SignatureType') === 'BEARERTOKEN' || headers.has('x-acs-bearer-token');

/** Whether the request carries a V1 signature, or a part of one. */
export const isV1 = (params: Parameters): boolean => params.has('Signature') || params.has('AccessKeyId');

function assertBounds({ url, body }: RawRequest): void {
  if (url.length > MAX_URL_LENGTH) throw rpcError('InvalidParameter', 'The URL is longer than 64 KiB.');
  if (body.length > MAX_BODY_BYTES) throw rpcError('InvalidParameter', 'The body is longer than 1 MiB.');
  // Node gives raw bytes above 0x7f as Latin-1 characters, which no signature could have meant.
  if (/[^\x21-\x7e]/.test(url)) throw rpcError('InvalidParameter', 'The URL must be percent-encoded.');
}

function readHeaders(raw: RawRequest['headers']): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === 'string') headers.set(name.toLowerCase(), value);
    else if (value) headers.set(name.toLowerCase(), value.join(','));
  }
  return headers;
}

function readTarget(url: string): { path: string; query: Parameters } {
  const mark = url.indexOf('?');
  // A proxy's request line may hold the whole URL.
  const path = (mark < 0 ? url : url.slice(0, mark)).replace(/^https?:\/\/[^/]*/i, '');
  const query = new Map<string, string>();
  if (mark >= 0) decodeForm(url.slice(mark + 1), query);
  return { path: path === '' ? '/' : path, query };
}

function overlayForm(query: Parameters, headers: ReadonlyMap<string, string>, body: Uint8Array): Parameters {
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (body.length === 0 || type !== FORM_TYPE) return query;
  const params = new Map(query);
  decodeForm(readText(body), params);
  return params;
}

function readText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw rpcError('InvalidParameter', 'The body is not UTF-8.');
  }
}

/** V1 requests repeat the operation in headers that their signature does not cover, so those count only without one. */
function readOperation(
  params: Parameters,
  headers: ReadonlyMap<string, string>,
): Pick<RpcRequest, 'action' | 'version'> {
  const signedHeaders = isV3(headers);
  const fromParams = signedHeaders ? NO_PARAMETERS : params;
  const fromHeaders = !signedHeaders && isV1(params) ? NO_PARAMETERS : headers;
  return {
    action: fromParams.get('Action') ?? fromHeaders.get('x-acs-action'),
    version: fromParams.get('Version') ?? fromHeaders.get('x-acs-version'),
  };
}
