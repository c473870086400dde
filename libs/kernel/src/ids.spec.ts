import { describe, expect, it } from 'vitest';
import {
  newAccessKeyId,
  newAccountId,
  newActivationId,
  newChannelId,
  newManagedInstanceId,
  newNodeId,
  newRequestId,
  newSessionId,
  randomSecret,
} from './ids.js';

describe('ids', () => {
  it.each([
    ['account', newAccountId, /^1\d{15}$/],
    ['access key', newAccessKeyId, /^LTAI[A-Za-z0-9]{20}$/],
    ['instance', newManagedInstanceId, /^mi-[a-z0-9]{19}$/],
    ['activation', newActivationId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
    ['session', newSessionId, /^s-[a-z0-9]{20}$/],
    ['channel', newChannelId, /^[0-9a-f]{32}$/],
    ['node', newNodeId, /^n-[a-z0-9]{16}$/],
    ['request', newRequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/],
  ] as const)('of kind %s have one form, and none comes twice', (_, make, form) => {
    const ids = Array.from({ length: 200 }, () => make());
    for (const id of ids) expect(id).toMatch(form);
    expect(new Set<string>(ids).size).toBe(ids.length);
  });
});

describe('a secret', () => {
  it('has the length that was asked for', () => {
    for (const length of [1, 2, 31, 1_000])
      expect(randomSecret(length)).toMatch(new RegExp(`^[A-Za-z0-9]{${length}}$`));
  });

  it('favours no letter, though 256 is no multiple of 62', () => {
    const counts = new Map<string, number>();
    const secrets = Array.from({ length: 10 }, () => randomSecret(62_000));
    for (const letter of secrets.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // The standard deviation is 99; a generator that folds bytes gives its first letters 2,100 more.
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(1_000);
  });
});
