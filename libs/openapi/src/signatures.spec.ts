import { describe, expect, it } from 'vitest';
import cli from '../../../test/fixtures/openapi/v1-cli.json' with { type: 'json' };
import go from '../../../test/fixtures/openapi/v1-go.json' with { type: 'json' };
import v1 from '../../../test/fixtures/openapi/v1.json' with { type: 'json' };
import v3 from '../../../test/fixtures/openapi/v3.json' with { type: 'json' };
import { readCredentials, type V1Credentials, type V3Credentials } from './credentials.js';
import { RpcError } from './rpc-error.js';
import { readRpcRequest, type RawRequest } from './rpc-request.js';
import { signV1, signV3 } from './sign.js';
import { canonicalRequestV3, signatureV1, signatureV3, stringToSignV1, stringToSignV3 } from './signature.js';
import { checkSecurityToken, checkTimestamp, verifySignature } from './verify.js';

interface Vector {
  readonly id: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: string;
  };
  readonly canonicalRequest?: string;
  readonly stringToSign?: string;
  readonly signature?: string;
}

const SECRET = v3.accessKeySecret;
const FROZEN_MS = Date.parse(v3.time);
const V3: readonly Vector[] = v3.vectors;
const V1: readonly Vector[] = [...v1.vectors, ...go.vectors];
const signed = (vectors: readonly Vector[]) => vectors.filter(({ signature }) => signature !== undefined);
const find = (id: string): RawRequest => {
  const vector = [...V3, ...V1].find((candidate) => candidate.id === id);
  if (!vector) throw new Error(`no vector ${id}`);
  return toRaw(vector);
};

const toRaw = ({ request }: Vector): RawRequest => ({
  ...request,
  body: new TextEncoder().encode(request.body),
});

function open(raw: RawRequest) {
  const request = readRpcRequest(raw);
  const credentials = readCredentials(request);
  if (credentials.kind === 'bearer') throw new Error('no signature');
  return { request, credentials };
}

function verify(raw: RawRequest, secret = SECRET): void {
  const { request, credentials } = open(raw);
  verifySignature(request, credentials, secret);
}

function failure(run: () => void): { code: string; status: number; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const ofV3 = (credentials: V1Credentials | V3Credentials): V3Credentials => {
  if (credentials.kind !== 'v3') throw new Error('not V3');
  return credentials;
};

describe('captured V3 requests', () => {
  it.each(signed(V3))(
    '$id has the canonical request, string to sign and signature of the capture',
    (vector) => {
      const { request, credentials } = open(toRaw(vector));
      const { signedHeaders, contentSha256, signature } = ofV3(credentials);
      const parts = { ...request, signedHeaders, contentSha256 };
      expect(canonicalRequestV3(parts)).toBe(vector.canonicalRequest);
      expect(stringToSignV3(parts)).toBe(vector.stringToSign);
      expect(signatureV3(stringToSignV3(parts), SECRET)).toBe(vector.signature);
      expect(signature).toBe(vector.signature);
    },
  );

  it.each(signed(V3))('$id verifies, and passes the clock at its time', (vector) => {
    const { request, credentials } = open(toRaw(vector));
    verifySignature(request, credentials, SECRET);
    checkTimestamp(credentials, FROZEN_MS);
    expect(request.action).toBe(vector.request.headers['x-acs-action']);
    expect(request.version).toBe(vector.request.headers['x-acs-version']);
  });

  it.each(signed(V3))('$id is what our own signer sends for the same call', (vector) => {
    const { request, credentials } = open(toRaw(vector));
    const telemetry = ['x-acs-credentials-provider', 'x-acs-accesskey-id'];
    const sent = signV3({
      method: request.method,
      host: request.headers.get('host') ?? '',
      path: request.path,
      query: request.query,
      action: request.action ?? '',
      version: request.version ?? '',
      body: request.body,
      headers: Object.fromEntries([...request.headers].filter(([name]) => telemetry.includes(name))),
      accessKeyId: credentials.accessKeyId,
      accessKeySecret: SECRET,
      securityToken: credentials.securityToken,
      nowMs: FROZEN_MS,
      nonce: credentials.nonce,
    });
    expect(sent['authorization']).toBe(vector.request.headers['authorization']);
  });
});

describe('captured V1 requests', () => {
  it.each(signed(V1))('$id has the string to sign and signature of the capture', (vector) => {
    const { request, credentials } = open(toRaw(vector));
    const text = stringToSignV1(request.method, request.params);
    expect(text).toBe(vector.stringToSign);
    expect(signatureV1(text, SECRET)).toBe(vector.signature);
    expect(credentials).toMatchObject({ kind: 'v1', signature: vector.signature });
    expect(failure(() => verifySignature(request, credentials, 'other')).code).toBe('SignatureDoesNotMatch');
    verifySignature(request, credentials, SECRET);
    checkTimestamp(credentials, Date.parse(credentials.timestamp));
  });

  it.each(cli.vectors)('$id of ali-instance-cli verifies', (vector) => {
    const { request, credentials } = open(toRaw(vector));
    expect(stringToSignV1(request.method, request.params)).toBe(vector.stringToSign);
    expect(credentials.signature).toBe(vector.signature);
    verifySignature(request, credentials, cli.accessKeySecret);
  });

  it('V1-06 is what our own signer sends for the same call', () => {
    const { request } = open(find('V1-06'));
    const { action = '', version = '' } = request;
    const business = ['RegionId', 'KeyPairName', 'PublicKeyBody', 'Tag.1.Key', 'Tag.1.Value'];
    const params = signV1({
      method: 'POST',
      action,
      version,
      params: new Map([...request.params].filter(([name]) => business.includes(name))),
      accessKeyId: 'LTAIfakeKeyId0000001',
      accessKeySecret: SECRET,
      securityToken: 'fakeStsToken+/=001',
      nowMs: FROZEN_MS,
      nonce: 'vector-nonce-0017',
    });
    expect(params).toEqual(new Map(request.params));
  });

  it('a form body is signed, whatever its transfer encoding was', () => {
    const raw = find('V1-04');
    verify({ ...raw, headers: { ...raw.headers, 'transfer-encoding': undefined, 'content-length': '125' } });
    const body = new TextEncoder().encode(new TextDecoder().decode(raw.body).replace('vec0001', 'vec0002'));
    expect(failure(() => verify({ ...raw, body })).code).toBe('SignatureDoesNotMatch');
  });
});

describe('bearer requests', () => {
  it.each(['V3-10', 'V1-08'])('%s carries a token and no signature', (id) => {
    const request = readRpcRequest(find(id));
    expect(readCredentials(request)).toEqual({ kind: 'bearer', token: 'fakeBearer.token.001' });
    expect(request).toMatchObject({ action: 'DescribeRegions', version: '2014-05-26' });
  });
});

describe('changed requests', () => {
  const withUrl = (id: string, change: (url: string) => string): RawRequest => {
    const raw = find(id);
    return { ...raw, url: change(raw.url) };
  };
  const withHeader = (id: string, name: string, value: string | undefined): RawRequest => {
    const raw = find(id);
    return { ...raw, headers: { ...raw.headers, [name]: value } };
  };
  const authorization = (change: (value: string) => string): RawRequest =>
    withHeader('V3-01', 'authorization', change(String(find('V3-01').headers['authorization'])));

  const mismatches: readonly [string, RawRequest][] = [
    ['V3: one character of the signature', authorization((value) => value.replace(/1$/, '2'))],
    ['V3: signature cut short', authorization((value) => value.slice(0, -1))],
    ['V3: another method', { ...find('V3-01'), method: 'GET' }],
    ['V3: another value', withUrl('V3-01', (url) => url.replace('=22', '=23'))],
    ['V3: a value dropped to empty', withUrl('V3-01', (url) => url.replace('=22', '='))],
    ['V3: one parameter more', withUrl('V3-01', (url) => `${url}&X=1`)],
    ['V3: one empty parameter less', withUrl('V3-02', (url) => url.replace('&Tag.2.Value=', ''))],
    ['V3: a signed header', withHeader('V3-01', 'x-acs-credentials-provider', 'static_sts')],
    ['V3: the action', withHeader('V3-01', 'x-acs-action', 'EndTerminalSession')],
    ['V3: the host without its port', withHeader('V3-01', 'host', '127.0.0.1')],
    ['V3: a body that has another hash', { ...find('V3-01'), body: new Uint8Array([120]) }],
    ['V3: a dropped security token', withHeader('V3-04', 'x-acs-security-token', undefined)],
    ['V1: one character of the signature', withUrl('V1-01', (url) => url.replace('fv1Q', 'fv1R'))],
    ['V1: another method', { ...find('V1-01'), method: 'GET' }],
    ['V1: another value', withUrl('V1-01', (url) => url.replace('vec0001', 'vec0002'))],
    ['V1: one parameter more', withUrl('V1-01', (url) => `${url}&InstanceId.2=i-x`)],
    ['V1: a parameter given again', withUrl('V1-01', (url) => `${url}&InstanceId.1=i-x`)],
    ['V1: a dropped security token', withUrl('V1-03', (url) => url.replace(/&SecurityToken=[^&]*/, ''))],
  ];
  it.each(mismatches)('%s does not match, and the answer ends with the string to sign', (_what, raw) => {
    const error = failure(() => verify(raw));
    expect(error).toMatchObject({ code: 'SignatureDoesNotMatch', status: 400 });
    const [, repeated] = error.message.split('server string to sign is:');
    expect(repeated).toMatch(/^(ACS3-HMAC-SHA256\n[0-9a-f]{64}|(GET|POST)&%2F&.*)$/);
  });

  it('the Go SDK finds its own string when only the secret is wrong', () => {
    const error = failure(() => verify(find('GO-01'), 'wrong'));
    expect(error.message.endsWith(`server string to sign is:${go.vectors[0]?.stringToSign ?? '-'}`)).toBe(
      true,
    );
  });

  it('a refusal repeats at most 16,384 characters of the string to sign', () => {
    const long = withUrl('V1-01', (url) => `${url}&X=${'x'.repeat(50_000)}`);
    const [, repeated = ''] = failure(() => verify(long)).message.split('server string to sign is:');
    expect(repeated).toHaveLength(16_384);
  });

  const equivalents: readonly [string, RawRequest][] = [
    ['V3: another user agent', withHeader('V3-01', 'user-agent', 'x')],
    ['V3: another accept', withHeader('V3-01', 'accept', 'text/html')],
    ['V3: reordered query', withUrl('V3-01', (url) => `/?${url.slice(2).split('&').reverse().join('&')}`)],
    [
      'V3: re-encoded query',
      withUrl('V3-02', (url) => url.replaceAll('%20', '+').replaceAll('*', '%2A').replaceAll('~', '%7e')),
    ],
    ['V3: header names in another case', withHeader('V3-01', 'X-Acs-Action', 'StartTerminalSession')],
    ['V3: spaces around commas', authorization((value) => value.replaceAll(',', ' , '))],
    ['V3: the whole URL in the request line', withUrl('V3-01', (url) => `http://127.0.0.1:18555${url}`)],
    ['V1: re-encoded query', withUrl('V1-02', (url) => url.replaceAll('%20', '+').replaceAll('!', '%21'))],
    ['V1: another header', withHeader('V1-01', 'x-acs-credentials-provider', 'static_sts')],
  ];
  it.each(equivalents)('%s is still valid', (_what, raw) => {
    expect(() => verify(raw)).not.toThrow();
  });

  it.each([
    'host',
    'x-acs-action',
    'x-acs-date',
    'x-acs-signature-nonce',
    'x-acs-version',
    'x-acs-content-sha256',
  ])('V3: SignedHeaders without %s is incomplete', (name) => {
    const raw = authorization((value) => value.replace(new RegExp(`${name};?`), '').replace(';,', ','));
    expect(failure(() => verify(raw))).toMatchObject({ code: 'IncompleteSignature', status: 400 });
  });

  it('V3: an x-acs header that is present but not signed is incomplete', () => {
    const error = failure(() => verify(withHeader('V3-01', 'x-acs-retry-attempts', '1')));
    expect(error).toMatchObject({ code: 'IncompleteSignature' });
    expect(error.message).toContain('x-acs-retry-attempts');
  });
});

describe('checkTimestamp', () => {
  const { credentials } = open(find('V3-01'));
  const at = (time: string) => () => checkTimestamp(credentials, Date.parse(time));

  it.each([
    '2026-01-15T08:46:00Z',
    '2026-01-15T08:14:00Z',
    '2026-01-15T08:45:00.001Z',
    '2026-01-15T08:14:59.999Z',
  ])('refuses a request of 08:30 at %s', (time) => {
    expect(failure(at(time))).toMatchObject({ code: 'InvalidTimeStamp.Expired', status: 400 });
  });

  it.each(['2026-01-15T08:44:59Z', '2026-01-15T08:45:00Z', '2026-01-15T08:15:00Z'])(
    'accepts it at %s',
    (time) => {
      expect(at(time)).not.toThrow();
    },
  );

  it.each([
    '',
    'now',
    '2026-01-15 08:30:00',
    '2026-01-15T08:30:00.000Z',
    '2026-13-15T08:30:00Z',
    '1768465800',
  ])('refuses the form "%s"', (timestamp) => {
    const error = failure(() => checkTimestamp({ ...credentials, timestamp }, FROZEN_MS));
    expect(error).toMatchObject({ code: 'InvalidTimeStamp.Format', status: 400 });
  });
});

describe('checkSecurityToken', () => {
  it('wants a token beside a temporary key', () => {
    const { credentials } = open(find('GO-03'));
    expect(() => checkSecurityToken(credentials)).not.toThrow();
    const bare = { ...credentials, securityToken: undefined };
    expect(failure(() => checkSecurityToken(bare)).code).toBe('MissingSecurityToken');
  });

  it('wants none beside a permanent key', () => {
    expect(() => checkSecurityToken(open(find('V1-01')).credentials)).not.toThrow();
  });
});
