import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose';
import { AppError, type AccountId, type Clock, type SessionId } from '@sallyport/kernel';
import type { SecretStore } from './account-store.port.js';
import type { SecretBox } from './secret-box.js';

/** What a ticket permits: to attach to one session of one account in one region. */
export interface TicketClaims {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly region: string;
}

const ALGORITHM = 'EdDSA';
const AUDIENCE = 'sallyport:session';
const KEY_NAME = 'ticket-key';

/** The key pair behind tickets; one for the whole deployment. */
export interface TicketKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly keyId: string;
}

/**
 * Loads the deployment's ticket key, making it at the first start. Nodes that start at once agree on one.
 * @throws AppError `INTERNAL` when the stored key was sealed with another master key
 */
export async function loadTicketKey(secrets: SecretStore, box: SecretBox): Promise<TicketKey> {
  const stored =
    (await secrets.find(KEY_NAME)) ??
    (await secrets.putIfAbsent(KEY_NAME, box.seal(await newKey(), KEY_NAME)));
  const jwk = JSON.parse(box.open(stored, KEY_NAME)) as JWK;
  const { d: _private, ...publicJwk } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    importJWK(jwk, ALGORITHM),
    importJWK(publicJwk, ALGORITHM),
  ]);
  return {
    privateKey: privateKey as CryptoKey,
    publicKey: publicKey as CryptoKey,
    keyId: await calculateJwkThumbprint(publicJwk),
  };
}

async function newKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

/** Issues and checks session tickets: EdDSA-signed JWTs (RFC 7519, RFC 8037) bound to account, session and region. */
export class Tickets {
  readonly #key: TicketKey;
  readonly #region: string;
  readonly #clock: Clock;

  constructor(key: TicketKey, region: string, clock: Clock) {
    this.#key = key;
    this.#region = region;
    this.#clock = clock;
  }

  /** @param expiresAtMs the moment after which not even a resume is possible; the first use has its own, shorter limit */
  issue(claims: Omit<TicketClaims, 'region'>, expiresAtMs: number): Promise<string> {
    return new SignJWT({ acc: claims.accountId, reg: this.#region })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#key.keyId })
      .setAudience(AUDIENCE)
      .setSubject(claims.sessionId)
      .setIssuedAt(Math.floor(this.#clock.nowMs() / 1000))
      .setExpirationTime(Math.ceil(expiresAtMs / 1000))
      .sign(this.#key.privateKey);
  }

  /**
   * Checks signature, purpose, region and expiry. Whether the session still lives is for the caller to look up.
   * @throws AppError `TICKET_INVALID`
   */
  async verify(ticket: string): Promise<TicketClaims> {
    const { payload } = await jwtVerify(ticket, this.#key.publicKey, {
      algorithms: [ALGORITHM],
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'acc', 'reg'],
      currentDate: new Date(this.#clock.nowMs()),
    }).catch((cause: unknown) => {
      throw new AppError('TICKET_INVALID', 'The session token is not valid.', { cause });
    });
    if (payload['reg'] !== this.#region)
      throw new AppError('TICKET_INVALID', 'The session token is not valid.');
    return {
      accountId: payload['acc'] as AccountId,
      sessionId: payload.sub as SessionId,
      region: this.#region,
    };
  }
}
