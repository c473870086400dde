import { describe, expect, it } from 'vitest';
import { isDeniedTarget } from './denied-targets.js';

describe('isDeniedTarget', () => {
  it.each([
    '169.254.0.0',
    '169.254.169.254',
    '169.254.255.255',
    '100.100.100.200',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::ffff:100.100.100.200',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::100.100.100.200',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    'not an address',
    '',
  ])('denies %s', (address) => {
    expect(isDeniedTarget(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '169.253.255.255',
    '169.255.0.0',
    '100.100.100.199',
    '100.100.100.201',
    '::ffff:10.0.0.1',
    'fe7f::1',
    'fec0::1',
    'fd00:ec2::253',
  ])('allows %s', (address) => {
    expect(isDeniedTarget(address)).toBe(false);
  });
});
