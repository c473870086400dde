import { FakeClock, readTranscript } from '@sallyport/testing';
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Signer } from './signer.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const identity = { server: 'https://host', region: 'local', instanceId: 'mi-1', machineId: 'machine' };
const signer = new Signer({ identity, privateKeyPem: privateKey }, new FakeClock(1_700_000_000_123));

/** Checks a request's headers as a server does: nothing but their values, the machine id and the key is known to it. */
function isSignedBy(key: string, machineId: string, headers: Readonly<Record<string, string>>): boolean {
  const [id, time, request, signature] = ['instance-id', 'timestamp', 'request-id', 'signature'].map(
    (name) => headers[`x-acs-${name}`] ?? '',
  );
  const text = Buffer.from(`${id}${machineId}${time}${request}`);
  return verify('RSA-MD5', text, key, Buffer.from(signature ?? '', 'base64'));
}

describe('Signer', () => {
  it('signs as the stock agent was recorded to', () => {
    const { meta, events } = readTranscript('02-agent-startup');
    const recorded = events.filter(
      ({ kind, dir }) => dir === 'in' && /^(http-request|ws-upgrade)$/.test(kind),
    );
    expect(recorded.length).toBeGreaterThan(3);
    for (const { headers = [] } of recorded) {
      const lowered = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
      expect(isSignedBy(meta.publicKeyPem ?? '', meta.machineId ?? '', lowered)).toBe(true);
    }
    expect(isSignedBy(publicKey, 'machine', signer.headers())).toBe(true);
  });

  it('tells the time in milliseconds and a new request id each time', () => {
    const [first, second] = [signer.headers(), signer.headers()];
    expect(first['x-acs-timestamp']).toBe('1700000000123');
    expect(first['x-acs-instance-id']).toBe('mi-1');
    expect(first['x-acs-request-id']).not.toBe(second['x-acs-request-id']);
  });

  it('binds its signature to the machine', () => {
    expect(isSignedBy(publicKey, 'another', signer.headers())).toBe(false);
  });
});
