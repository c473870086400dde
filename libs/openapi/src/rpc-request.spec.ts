import { describe, expect, it } from 'vitest';
import { RpcError } from './rpc-error.js';
import { readRpcRequest, type RawRequest, type RpcRequest } from './rpc-request.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (raw: Partial<RawRequest>): RpcRequest =>
  readRpcRequest({ method: 'POST', url: '/', headers: {}, body: new Uint8Array(), ...raw });

function codeOf(raw: Partial<RawRequest>): string {
  try {
    read(raw);
  } catch (error) {
    if (error instanceof RpcError) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}

describe('readRpcRequest', () => {
  it('decodes form rules: plus is a space, escapes are UTF-8, empty values stay', () => {
    const { params } = read({ url: '/?a=x+y%20z%2B&b=%E4%B8%AD&c=&d&Tag.1.Value=~*!()' });
    expect(Object.fromEntries(params)).toEqual({
      a: 'x y z+',
      b: '中',
      c: '',
      d: '',
      'Tag.1.Value': '~*!()',
    });
  });

  it('overlays the form body on the query and keeps the query apart', () => {
    const request = read({ url: '/?a=1&b=2', headers: FORM, body: bytes('b=3&c=4') });
    expect(Object.fromEntries(request.params)).toEqual({ a: '1', b: '3', c: '4' });
    expect(Object.fromEntries(request.query)).toEqual({ a: '1', b: '2' });
  });

  it('lets the last of equal names count', () => {
    expect(read({ url: '/?a=1&a=2' }).params.get('a')).toBe('2');
  });

  it('leaves a body of another type alone', () => {
    const headers = { 'content-type': 'application/json' };
    expect(read({ headers, body: bytes('a=1') }).params.size).toBe(0);
  });

  it('takes the operation of a V1 request from parameters only', () => {
    const headers = { 'x-acs-action': 'Unsigned', 'x-acs-version': '1' };
    expect(read({ url: '/?Signature=s', headers }).action).toBeUndefined();
    expect(read({ url: '/?Signature=s&Action=A&Version=V', headers })).toMatchObject({
      action: 'A',
      version: 'V',
    });
  });

  it('takes the operation of a V3 request from headers only', () => {
    const headers = { authorization: 'ACS3-HMAC-SHA256 x', 'x-acs-action': 'A', 'x-acs-version': 'V' };
    expect(read({ url: '/?Action=B&Version=W', headers })).toMatchObject({ action: 'A', version: 'V' });
    expect(
      read({ url: '/?Action=B', headers: { authorization: 'ACS3-HMAC-SHA256 x' } }).action,
    ).toBeUndefined();
  });

  it.each(['xml', 'XML', 'Xml'])('answers %s when asked to, otherwise JSON', (format) => {
    expect(read({ url: `/?Format=${format}` }).format).toBe('XML');
    expect(read({ url: '/?Format=json' }).format).toBe('JSON');
    expect(read({}).format).toBe('JSON');
  });

  it('joins the values of a repeated header', () => {
    expect(read({ headers: { 'X-A': ['1', '2'] } }).headers.get('x-a')).toBe('1,2');
  });

  it.each(['PUT', 'DELETE', 'HEAD', 'get', ''])('refuses the method "%s"', (method) => {
    expect(codeOf({ method })).toBe('403 UnsupportedHTTPMethod');
  });

  it.each(['/?a=%', '/?a=%zz', '/?a=%ff', '/?a=%ED%A0%80', '/?a=%00', '/?%=1', '/?a=\u00e4', '/?a=b c'])(
    'refuses the URL %s',
    (url) => {
      expect(codeOf({ url })).toMatch(/^400 InvalidParameter/);
    },
  );

  it('refuses a form that is not UTF-8', () => {
    expect(codeOf({ headers: FORM, body: Uint8Array.of(0x61, 0x3d, 0xff) })).toBe('400 InvalidParameter');
  });

  it('takes a URL of 64 KiB and none of one more', () => {
    expect(codeOf({ url: `/?a=${'x'.repeat(65_532)}` })).toBe('accepted');
    expect(codeOf({ url: `/?a=${'x'.repeat(65_533)}` })).toBe('400 InvalidParameter');
  });

  it('takes a body of 1 MiB and none of one more', () => {
    expect(codeOf({ headers: FORM, body: new Uint8Array(1_048_576).fill(0x61) })).toBe('accepted');
    expect(codeOf({ headers: FORM, body: new Uint8Array(1_048_577).fill(0x61) })).toBe(
      '400 InvalidParameter',
    );
  });

  it('takes 2,000 parameters and none of 2,001, together or in one place', () => {
    const pairs = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `p${from + i}=`).join('&');
    const split = (count: number) => ({
      url: `/?${pairs(0, 1_000)}`,
      headers: FORM,
      body: bytes(pairs(1_000, count)),
    });
    expect(codeOf(split(1_000))).toBe('accepted');
    expect(codeOf(split(1_001))).toBe('400 InvalidParameter');
    expect(codeOf({ url: `/?${pairs(0, 2_000)}` })).toBe('accepted');
    expect(codeOf({ url: `/?${pairs(0, 2_001)}` })).toBe('400 InvalidParameter');
  });
});
