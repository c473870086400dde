import { describe, expect, it } from 'vitest';
import { addressMatcher, canonicalAddress, parseCidr, type Cidr } from './address.js';

describe('canonicalAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['::ffff:c0a8:101', '192.168.1.1'],
    ['2001:0DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['0:0:0:0:0:0:0:0', '::'],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '[::1]', '::g'])('takes %j for no address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });
});

describe('parseCidr', () => {
  it('takes a single address for a block of one', () => {
    expect(parseCidr('10.0.0.1')).toEqual({ address: '10.0.0.1', prefixBits: 32, family: 'ipv4' });
    expect(parseCidr('::1')).toEqual({ address: '::1', prefixBits: 128, family: 'ipv6' });
  });

  it.each(['10.0.0.0/0', '10.0.0.0/32', '::/0', '::/128', '::ffff:10.0.0.0/104'])('reads %s', (text) => {
    expect(parseCidr(text)).toBeDefined();
  });

  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '/8', 'host/8', '::ffff:10.0.0.0/95'])(
    'refuses %s',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );
});

describe('addressMatcher', () => {
  const matches = addressMatcher(['10.0.0.0/8', '2001:db8::/32'].map((block) => parseCidr(block) as Cidr));

  it('holds from the first to the last address of a block', () => {
    expect(['10.0.0.0', '10.255.255.255', '2001:db8:ffff::1'].map(matches)).toEqual([true, true, true]);
  });

  it('holds for no other address', () => {
    expect(['9.255.255.255', '11.0.0.0', '2001:db9::', '::1'].map(matches)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
