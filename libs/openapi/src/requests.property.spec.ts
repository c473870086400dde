import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCredentials } from './credentials.js';
import { encodeQuery } from './percent-encoding.js';
import { RpcError } from './rpc-error.js';
import { readRpcRequest, type RawRequest } from './rpc-request.js';
import { signV1, signV3 } from './sign.js';
import { verifySignature } from './verify.js';

const SECRET = 'secret';
const KEY = { accessKeyId: 'LTAI', accessKeySecret: SECRET, nowMs: 0, nonce: 'n' };
const EMPTY = new Uint8Array();

const name = fc.stringMatching(/^[A-Z][A-Za-z0-9.]{0,12}$/).map((text) => `P${text}`);
const value = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0'));
const parameters = fc.dictionary(name, value, { maxKeys: 12, noNullPrototype: true });

/** Escapes every byte of a random choice of characters, and writes spaces as `+` or `%20`. */
const sloppily = (text: string, choice: number): string =>
  Array.from(text)
    .map((c, i) => {
      if (c === ' ' && (choice >> (i % 30)) & 1) return '+';
      if (/[A-Za-z0-9\-_.~*!()']/.test(c) && (choice >> (i % 30)) & 1) return c;
      const escaped = [...new TextEncoder().encode(c)].map(
        (byte) => `%${byte.toString(16).padStart(2, '0')}`,
      );
      return escaped.join('');
    })
    .join('');

const shuffledQuery = (params: ReadonlyMap<string, string>, seed: number): string =>
  [...params]
    .map(([key, text], i) => ({
      rank: (seed * (i + 1)) % 7919,
      text: `${sloppily(key, seed)}=${sloppily(text, seed)}`,
    }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ text }) => text)
    .join('&');

function isValid(raw: RawRequest): boolean {
  const request = readRpcRequest(raw);
  const credentials = readCredentials(request);
  if (credentials.kind === 'bearer') return false;
  try {
    verifySignature(request, credentials, SECRET);
    return true;
  } catch (error) {
    if (error instanceof RpcError && error.code === 'SignatureDoesNotMatch') return false;
    throw error;
  }
}

const signedV3 = (query: ReadonlyMap<string, string>): Omit<RawRequest, 'url'> => ({
  method: 'POST',
  body: EMPTY,
  headers: signV3({
    ...KEY,
    method: 'POST',
    host: 'h:1',
    path: '/',
    query,
    action: 'A',
    version: 'V',
    body: EMPTY,
  }),
});

const signedV1 = (params: ReadonlyMap<string, string>) =>
  signV1({ ...KEY, method: 'POST', action: 'A', version: 'V', params });

describe('signed requests', () => {
  it('stay valid in any order and encoding of their parameters', () => {
    fc.assert(
      fc.property(parameters, fc.nat(2 ** 30), (pairs, seed) => {
        const params = new Map(Object.entries(pairs));
        expect(isValid({ ...signedV3(params), url: `/?${shuffledQuery(params, seed)}` })).toBe(true);
        const query = shuffledQuery(signedV1(params), seed);
        expect(isValid({ method: 'POST', url: `/?${query}`, headers: {}, body: EMPTY })).toBe(true);
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        expect(isValid({ method: 'POST', url: '/', headers, body: new TextEncoder().encode(query) })).toBe(
          true,
        );
      }),
    );
  });

  it('break with one changed character of any parameter', () => {
    const change = fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('x', 'y', ' ', '&', '='));
    fc.assert(
      fc.property(parameters, change, (pairs, [which, where, to]) => {
        const params = new Map([...Object.entries(pairs), ['Last', 'value']]);
        const [key = '', old = ''] = [...params][which % params.size] ?? [];
        const at = old.length === 0 ? 0 : where % old.length;
        const changed = (old.slice(0, at) + to + old.slice(at + 1)).replace(/[\ud800-\udfff]/gu, '?');
        fc.pre(changed !== old);
        const url = `/?${encodeQuery(new Map([...params, [key, changed]]))}`;
        expect(isValid({ ...signedV3(params), url })).toBe(false);
        const v1 = new Map([...signedV1(params), [key, changed]]);
        expect(isValid({ method: 'POST', url: `/?${encodeQuery(v1)}`, headers: {}, body: EMPTY })).toBe(
          false,
        );
      }),
    );
  });
});

describe('hostile requests', () => {
  const hostileText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[%&=+;A-Fa-f0-9.]{0,60}$/),
    fc.constantFrom('__proto__=1', 'constructor.1=x', '&&&', '%', '=%&', 'a=%u0041'),
  );
  const headers = fc.dictionary(
    fc.constantFrom('authorization', 'content-type', 'host', 'x-acs-date', 'x-acs-bearer-token', '__proto__'),
    fc.oneof(
      hostileText,
      fc.constantFrom(
        'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b;,Signature=c',
        'application/x-www-form-urlencoded',
      ),
      fc.array(fc.string()),
    ),
  );

  it('give a value or an RpcError, never anything else', () => {
    fc.assert(
      fc.property(hostileText, headers, fc.uint8Array({ maxLength: 200 }), (query, sent, body) => {
        try {
          const request = readRpcRequest({ method: 'POST', url: `/?${query}`, headers: sent, body });
          const credentials = readCredentials(request);
          if (credentials.kind !== 'bearer') verifySignature(request, credentials, SECRET);
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
