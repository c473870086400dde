import type { NonceMemory } from '@sallyport/iam';
import { FakeClock, readTranscript, type TranscriptEvent } from '@sallyport/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { AgentAuthentication, type AgentCredentials } from './agent-authentication.js';
import type { Instance, InstanceStore } from './instance-store.port.js';

const { meta, events } = readTranscript('02-agent-startup');
const { startedAtMs, instanceId = '', machineId = '', publicKeyPem = '' } = meta;
const INSTANCE = { id: instanceId, machineId, publicKeyPem } as Instance;
const MINUTE = 60_000;

/** What a recorded request of the real agent says of itself. */
function credentialsOf({ headers = [] }: TranscriptEvent): AgentCredentials {
  const value = (name: string): string => headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
  return {
    instanceId: value('x-acs-instance-id'),
    timestamp: value('x-acs-timestamp'),
    requestId: value('x-acs-request-id'),
    signature: value('x-acs-signature'),
  };
}

const RECORDED = events
  .filter(({ dir, headers }) => dir === 'in' && headers?.some(([name]) => name === 'X-Acs-Signature'))
  .map(credentialsOf);
const [FIRST] = RECORDED;
if (!FIRST) throw new Error('the recording has no signed request');

let clock: FakeClock;
let seen: Set<string>;
let instance: Instance | undefined;
let authentication: AgentAuthentication;

beforeEach(() => {
  clock = new FakeClock(startedAtMs);
  seen = new Set();
  instance = INSTANCE;
  const instances = { findForAgent: () => Promise.resolve(instance) } as unknown as InstanceStore;
  const nonces: NonceMemory = {
    claim: (owner, nonce) => {
      const isNew = !seen.has(`${owner} ${nonce}`);
      seen.add(`${owner} ${nonce}`);
      return Promise.resolve(isNew);
    },
  };
  authentication = new AgentAuthentication(instances, nonces, clock);
});

const refused = (credentials: AgentCredentials) =>
  expect(authentication.authenticate(credentials)).rejects.toMatchObject({ code: 'AGENT_SIGNATURE_INVALID' });

describe('an agent', () => {
  it('is known by every recorded signature, once each', async () => {
    expect(RECORDED.length).toBeGreaterThan(5);
    for (const credentials of RECORDED) expect(await authentication.authenticate(credentials)).toBe(INSTANCE);
    await refused(FIRST);
  });

  it('is refused when one character of anything signed is changed', async () => {
    await refused({ ...FIRST, requestId: `${FIRST.requestId.slice(0, -1)}x` });
    await refused({ ...FIRST, timestamp: String(Number(FIRST.timestamp) + 1) });
    await refused({
      ...FIRST,
      signature: `${FIRST.signature.startsWith('A') ? 'B' : 'A'}${FIRST.signature.slice(1)}`,
    });
    instance = { ...INSTANCE, machineId: `${machineId}0` };
    authentication.forget(INSTANCE.id);
    await refused(FIRST);
  });

  it('may be 15 minutes off, either way, and no more', async () => {
    const sentMs = Number(FIRST.timestamp);
    for (const [offMs, isAccepted] of [
      [-15 * MINUTE, true],
      [-15 * MINUTE - 1, false],
      [15 * MINUTE + 1, false],
      [15 * MINUTE, true],
    ] as const) {
      seen.clear();
      clock.advance(sentMs + offMs - clock.nowMs());
      if (isAccepted) await authentication.authenticate(FIRST);
      else await refused(FIRST);
    }
  });

  it('is refused unsigned, unknown, or with fields of any size', async () => {
    await refused({ instanceId: '', timestamp: '', requestId: '', signature: '' });
    await refused({ ...FIRST, timestamp: '1e12' });
    await refused({ ...FIRST, instanceId: 'm'.repeat(100_000) });
    await refused({ ...FIRST, requestId: 'r'.repeat(100_000) });
    await refused({ ...FIRST, signature: 'A'.repeat(100_000) });
    instance = undefined;
    authentication.forget(INSTANCE.id);
    await refused(FIRST);
  });

  it('uses up no request id by a signature that is wrong', async () => {
    await refused({ ...FIRST, signature: 'AAAA' });
    await authentication.authenticate(FIRST);
  });

  it('is unknown at once when this node has removed it, and within two seconds when another has', async () => {
    const [, second, third] = RECORDED as [AgentCredentials, AgentCredentials, AgentCredentials];
    await authentication.authenticate(FIRST);
    instance = undefined;
    await authentication.authenticate(second);
    clock.advance(2_000);
    await refused(third);
    instance = INSTANCE;
    await authentication.authenticate(third);
    instance = undefined;
    authentication.forget(INSTANCE.id);
    await refused(RECORDED[3] ?? FIRST);
  });
});
