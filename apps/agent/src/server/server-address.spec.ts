import { describe, expect, it } from 'vitest';
import { parseRetryAfterMs } from './retry-after.js';
import { parseServerAddress } from './server-address.js';

describe('server addresses', () => {
  it('are an origin, for requests and for sockets', () => {
    expect(parseServerAddress('https://host:8443/')).toEqual({
      origin: 'https://host:8443',
      socketOrigin: 'wss://host:8443',
      isExposed: false,
    });
  });

  it.each([
    ['http://127.0.0.1:8080', false],
    ['http://127.8.8.8', false],
    ['http://[::1]:8080', false],
    ['http://localhost', false],
    ['http://128.0.0.1', true],
    ['http://localhost.example.com', true],
    ['http://host', true],
    ['https://host', false],
  ])('%s is exposed: %s', (url, isExposed) => {
    expect(parseServerAddress(url).isExposed).toBe(isExposed);
  });

  it.each([
    '',
    'host',
    'ftp://host',
    'https://host/path',
    'https://host/?a',
    'https://me@host',
    'https://host/#a',
  ])('refuse %j', (text) => {
    expect(() => parseServerAddress(text)).toThrow('is not a server URL');
  });
});

describe('Retry-After', () => {
  it.each([
    [undefined, 0],
    ['0', 0],
    ['7', 7_000],
    ['600', 600_000],
    ['601', 600_000],
    ['-1', 0],
    ['soon', 0],
    ['Thu, 01 Jan 1970 00:01:10 GMT', 10_000],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 0],
  ])('of %j at one minute past the epoch is %d ms', (value, expectedMs) => {
    expect(parseRetryAfterMs(value, 60_000)).toBe(expectedMs);
  });
});
