import type { AccountId, SessionId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SecretStore } from './account-store.port.js';
import { SecretBox } from './secret-box.js';
import { loadTicketKey, Tickets, type TicketKey } from './tickets.js';

const CLAIMS = { accountId: '1000000000000001' as AccountId, sessionId: 's-one' as SessionId };
const box = new SecretBox(new Uint8Array(32).fill(7));
const clock = new FakeClock();
const HOUR = 3_600_000;

/** Secrets of two nodes that start at the same moment on one database. */
class FakeSecrets {
  readonly stored = new Map<string, string>();
  find(name: string): Promise<string | undefined> {
    return Promise.resolve(this.stored.get(name));
  }
  putIfAbsent(name: string, sealed: string): Promise<string> {
    const kept = this.stored.get(name) ?? sealed;
    this.stored.set(name, kept);
    return Promise.resolve(kept);
  }
}

const newKey = (secrets: SecretStore = new FakeSecrets()): Promise<TicketKey> => loadTicketKey(secrets, box);

let key: TicketKey;
let tickets: Tickets;
beforeAll(async () => {
  key = await newKey();
  tickets = new Tickets(key, 'local', clock);
});

const forge = (claims: object, audience = 'sallyport:session', signer = key.privateKey) =>
  new SignJWT({ acc: CLAIMS.accountId, reg: 'local', ...claims })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject(CLAIMS.sessionId)
    .setAudience(audience)
    .setExpirationTime(Math.floor((clock.nowMs() + HOUR) / 1000))
    .sign(signer);

const refused = (ticket: string) =>
  expect(tickets.verify(ticket)).rejects.toMatchObject({ code: 'TICKET_INVALID' });

describe('a ticket', () => {
  it('comes back as what it was issued for', async () => {
    const ticket = await tickets.issue(CLAIMS, clock.nowMs() + HOUR);
    expect(await tickets.verify(ticket)).toEqual({ ...CLAIMS, region: 'local' });
  });

  it('is refused once it has expired', async () => {
    const other = new FakeClock(clock.nowMs());
    const early = new Tickets(key, 'local', other);
    const ticket = await early.issue(CLAIMS, other.nowMs() + HOUR);
    other.advance(HOUR - 1_000);
    await expect(early.verify(ticket)).resolves.toBeDefined();
    other.advance(2_000);
    await expect(early.verify(ticket)).rejects.toMatchObject({ code: 'TICKET_INVALID' });
  });

  it('is refused in another region, for another purpose, from another key', async () => {
    await refused(await new Tickets(key, 'elsewhere', clock).issue(CLAIMS, clock.nowMs() + HOUR));
    await refused(await forge({}, 'sallyport:console'));
    await refused(await forge({}, undefined, (await newKey()).privateKey));
    await expect(tickets.verify(await forge({}))).resolves.toBeDefined();
  });

  it('is refused without a signature, and with one by a symmetric key', async () => {
    await refused(new UnsecuredJWT({ acc: CLAIMS.accountId, reg: 'local', sub: CLAIMS.sessionId }).encode());
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(key.publicKey)));
    await refused(
      await new SignJWT({ acc: CLAIMS.accountId, reg: 'local' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('s')
        .setAudience('sallyport:session')
        .setExpirationTime('1h')
        .sign(secret),
    );
  });

  it('is refused when any character of it is changed', async () => {
    const ticket = await tickets.issue(CLAIMS, clock.nowMs() + HOUR);
    for (let at = 0; at < ticket.length - 1; at += 17) {
      const other = ticket.charAt(at) === 'A' ? 'B' : 'A';
      await refused(ticket.slice(0, at) + other + ticket.slice(at + 1));
    }
    await refused('');
  });
});

describe('the ticket key', () => {
  it('is one for nodes that start together', async () => {
    const secrets = new FakeSecrets();
    const [first, second] = await Promise.all([newKey(secrets), newKey(secrets)]);
    const ticket = await new Tickets(first, 'local', clock).issue(CLAIMS, clock.nowMs() + HOUR);
    expect(await new Tickets(second, 'local', clock).verify(ticket)).toMatchObject(CLAIMS);
  });

  it('is stored sealed, and cannot be opened with another master key', async () => {
    const secrets = new FakeSecrets();
    await newKey(secrets);
    expect([...secrets.stored.values()].join()).not.toContain('"d"');
    await expect(loadTicketKey(secrets, new SecretBox(new Uint8Array(32)))).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('is Ed25519', async () => {
    expect(await exportJWK(key.publicKey)).toMatchObject({ kty: 'OKP', crv: 'Ed25519' });
    const { privateKey } = await generateKeyPair('ES256');
    await refused(
      await new SignJWT({ acc: CLAIMS.accountId, reg: 'local' })
        .setProtectedHeader({ alg: 'ES256' })
        .setSubject('s')
        .setAudience('sallyport:session')
        .setExpirationTime('1h')
        .sign(privateKey),
    );
  });
});
