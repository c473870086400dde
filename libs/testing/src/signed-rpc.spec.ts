import { expect, it } from 'vitest';
import { signV1 } from './signed-rpc.js';

it('signs as the public command line does (wire protocol §9.5)', () => {
  const canonical =
    'AccessKeyId=AKID&Action=DescribeUserBusinessBehavior&Format=JSON&RegionId=cn-local&SignatureMethod=HMAC-SHA1' +
    '&SignatureNonce=df7b0056076927ada6e9975da9076fb6&SignatureType=&SignatureVersion=1.0' +
    '&Timestamp=2026-11-22T17%3A20%3A50Z&Version=2014-05-26&statusKey=sessionManagerStatus';
  expect(signV1(canonical, 'SECRET')).toBe('Z2bD2fqkc9DDHd02C/jhUt77tis=');
});
