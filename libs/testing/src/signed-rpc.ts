import { createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** An access key, temporary when it has a token. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

/** An answer of the RPC API, whatever its status. */
export interface RpcAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where a call goes and who signs it. */
export interface RpcTarget {
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** PEM, for a private authority. */
  readonly ca?: string;
  /** `2014-05-26` by default. */
  readonly version?: string;
  readonly regionId?: string;
  /** Time that is signed; the machine's by default. */
  readonly nowMs?: () => number;
}

/**
 * Calls an action as `ali-instance-cli` does: POST, everything in the query, HMAC-SHA1, an empty SignatureType
 * that is signed (openapi §5, wire §5.1). Written apart from `@sallyport/openapi`, so that neither can hide a mistake
 * of the other. Lists are given flat: `{'InstanceId.1': 'mi-…'}`.
 */
export async function callRpc(
  target: RpcTarget,
  action: string,
  params: Readonly<Record<string, string | number | boolean>> = {},
): Promise<RpcAnswer> {
  const signed = signedQuery(target, action, params);
  const { status, text } = await post(`${target.endpoint}/?${signed}`, action, target);
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

/** As {@link callRpc}; an answer other than 200 is an error that tells its code. */
export async function rpc(
  target: RpcTarget,
  action: string,
  params: Readonly<Record<string, string | number | boolean>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await callRpc(target, action, params);
  if (status !== 200) throw new Error(`${action} answered ${status} ${JSON.stringify(body)}`);
  return body;
}

/** The query of a signed V1 call, as sent. */
export function signedQuery(
  { credentials, version, regionId, nowMs }: RpcTarget,
  action: string,
  params: Readonly<Record<string, string | number | boolean>>,
): string {
  const all: Record<string, string | number | boolean> = {
    AccessKeyId: credentials.accessKeyId,
    Action: action,
    Format: 'JSON',
    RegionId: regionId ?? 'local',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: randomUUID().replaceAll('-', ''),
    SignatureType: '',
    SignatureVersion: '1.0',
    Timestamp: new Date((nowMs ?? Date.now)()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    Version: version ?? '2014-05-26',
    ...(credentials.securityToken === undefined ? {} : { SecurityToken: credentials.securityToken }),
    ...params,
  };
  const canonical = Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(String(value))}`)
    .join('&');
  return `${canonical}&Signature=${percentEncode(signV1(canonical, credentials.accessKeySecret))}`;
}

/** Signature of a POST whose sorted, encoded parameters are `canonical`. */
export const signV1 = (canonical: string, secret: string): string =>
  createHmac('sha1', `${secret}&`)
    .update(`POST&%2F&${percentEncode(canonical)}`)
    .digest('base64');

const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function post(url: string, action: string, target: RpcTarget): Promise<{ status: number; text: string }> {
  const headers = {
    'x-acs-action': action,
    'x-acs-version': target.version ?? '2014-05-26',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': '0',
  };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(
      url,
      { method: 'POST', headers, agent: false, ...(target.ca === undefined ? {} : { ca: target.ca }) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    request.on('error', reject).end();
  });
}
