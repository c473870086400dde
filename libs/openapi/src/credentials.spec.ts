import { describe, expect, it } from 'vitest';
import { readCredentials, type Credentials } from './credentials.js';
import { RpcError } from './rpc-error.js';
import { readRpcRequest } from './rpc-request.js';

const read = (query: string, headers: Record<string, string> = {}): Credentials =>
  readCredentials(readRpcRequest({ method: 'GET', url: `/?${query}`, headers, body: new Uint8Array() }));

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RpcError) return `${error.status} ${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const V1 = {
  AccessKeyId: 'K',
  SignatureMethod: 'HMAC-SHA1',
  SignatureVersion: '1.0',
  SignatureNonce: 'n',
  Timestamp: 't',
  Signature: 's',
};
const v1Query = (changes: Record<string, string> = {}): string =>
  new URLSearchParams({ ...V1, ...changes }).toString();

const V3 = {
  authorization: 'ACS3-HMAC-SHA256 Credential=K,SignedHeaders=host;x-acs-date,Signature=ab',
  'x-acs-signature-nonce': 'n',
  'x-acs-date': 't',
  'x-acs-content-sha256': 'h',
};

describe('readCredentials', () => {
  it('reads V1 from parameters', () => {
    expect(read(v1Query({ SecurityToken: 'T' }))).toEqual({
      kind: 'v1',
      accessKeyId: 'K',
      nonce: 'n',
      timestamp: 't',
      signature: 's',
      securityToken: 'T',
    });
  });

  it('reads V3 from headers, also when V1 parameters are there', () => {
    expect(read(v1Query({ AccessKeyId: 'other' }), V3)).toMatchObject({
      kind: 'v3',
      accessKeyId: 'K',
      signedHeaders: ['host', 'x-acs-date'],
    });
  });

  it('prefers a bearer mark to the empty signature that Go sends with it', () => {
    const bearer = { kind: 'bearer', token: 'B' };
    expect(read(v1Query({ SignatureType: 'BEARERTOKEN', BearerToken: 'B' }))).toEqual(bearer);
  });

  it.each(Object.keys(V1))('names the V1 parameter %s when it is absent', (name) => {
    expect(codeOf(() => read(v1Query({ [name]: '' })))).toMatch(
      new RegExp(`^400 MissingParameter .*\\b${name}\\b`),
    );
  });

  it.each(['x-acs-signature-nonce', 'x-acs-date', 'x-acs-content-sha256'])(
    'names the V3 header %s',
    (name) => {
      expect(codeOf(() => read('', { ...V3, [name]: '' }))).toMatch(
        `400 MissingParameter The parameter ${name}`,
      );
    },
  );

  it.each([
    'ACS3-HMAC-SHA256',
    'ACS3-HMAC-SHA256 Credential=K,Signature=ab',
    'ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=ab',
    'ACS3-HMAC-SHA256 Credential=K,SignedHeaders=host',
  ])('calls %s incomplete', (authorization) => {
    expect(codeOf(() => read('', { ...V3, authorization }))).toMatch('400 IncompleteSignature');
  });

  it.each(['ACS3-HMAC-SM3', 'ACS3-RSA-SHA256'])('does not support %s', (algorithm) => {
    const authorization = V3.authorization.replace('ACS3-HMAC-SHA256', algorithm);
    expect(codeOf(() => read('', { ...V3, authorization }))).toMatch('400 UnsupportedParameter');
  });

  it.each([{ SignatureMethod: 'HMAC-SHA256' }, { SignatureVersion: '2.0' }])(
    'does not support %o',
    (changes) => {
      expect(codeOf(() => read(v1Query(changes)))).toMatch('400 UnsupportedParameter');
    },
  );

  it('refuses identity tokens, signed or not', () => {
    expect(codeOf(() => read('', { 'x-acs-zero-trust-idtoken': 't' }))).toMatch('400 UnsupportedParameter');
    expect(codeOf(() => read('', { ...V3, 'x-acs-zero-trust-idtoken': 't' }))).toMatch(
      'UnsupportedParameter',
    );
  });

  it('misses the access key of a request without credentials', () => {
    expect(codeOf(() => read('Action=X'))).toMatch('400 MissingParameter The parameter AccessKeyId');
    expect(codeOf(() => read('SignatureType=BEARERTOKEN'))).toMatch('The parameter BearerToken');
  });

  it('takes a nonce of 128 characters and none of 129', () => {
    expect(codeOf(() => read(v1Query({ SignatureNonce: 'n'.repeat(128) })))).toBe('accepted');
    expect(codeOf(() => read(v1Query({ SignatureNonce: 'n'.repeat(129) })))).toMatch('400 InvalidParameter');
  });
});
