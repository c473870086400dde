import { describe, expect, it } from 'vitest';
import { parseCidr, type Cidr } from './address.js';
import { clientAddressFinder } from './client-address.js';

const finder = (...blocks: string[]) => clientAddressFinder(blocks.map((block) => parseCidr(block) as Cidr));

describe('clientAddressFinder', () => {
  it('believes no header when no proxy is trusted', () => {
    expect(finder()('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
  });

  it('believes a header only from a trusted proxy', () => {
    const find = finder('10.0.0.0/8');
    expect(find('10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
    expect(find('11.1.2.3', '198.51.100.1')).toBe('11.1.2.3');
  });

  it('takes the first untrusted hop from the right, not what the client wrote left of it', () => {
    expect(finder('10.0.0.0/8')('10.1.1.1', '127.0.0.1, 198.51.100.1, 10.2.2.2')).toBe('198.51.100.1');
  });

  it('takes the leftmost hop when every hop is trusted', () => {
    expect(finder('10.0.0.0/8')('10.1.1.1', '10.3.3.3, 10.2.2.2')).toBe('10.3.3.3');
  });

  it('stops at the proxy that passed on something that is no address', () => {
    expect(finder('10.0.0.0/8')('10.1.1.1', '198.51.100.1, junk, 10.2.2.2')).toBe('10.2.2.2');
  });

  it('is the proxy itself when there is no header', () => {
    expect(finder('10.0.0.0/8')('10.1.1.1', undefined)).toBe('10.1.1.1');
  });

  it('reads hops with a port, and headers in several parts', () => {
    const find = finder('::1', '127.0.0.1');
    expect(find('::1', '198.51.100.1:4711')).toBe('198.51.100.1');
    expect(find('::1', ['9.9.9.9', '[2001:DB8::1]:4711, 127.0.0.1'])).toBe('2001:db8::1');
  });

  it('takes an IPv4-mapped socket address as IPv4', () => {
    expect(finder('127.0.0.0/8')('::ffff:127.0.0.1', '198.51.100.1')).toBe('198.51.100.1');
  });

  it('says so when the socket is gone', () => {
    expect(finder()(undefined, '198.51.100.1')).toBe('unknown');
  });
});
