import type { Clock } from '@sallyport/kernel';
import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Registered } from './state-directory.js';

/** Base64 of RSASSA-PKCS1-v1_5 with MD5 over UTF-8 text: the signature of all agents (spec wire §1.5). */
const signText = (text: string, key: KeyObject): string =>
  sign('RSA-MD5', Buffer.from(text), key).toString('base64');

/** Signs requests and upgrades in the name of a registered instance. */
export class Signer {
  readonly #instanceId: string;
  readonly #machineId: string;
  readonly #key: KeyObject;
  readonly #clock: Clock;

  constructor({ identity, privateKeyPem }: Registered, clock: Clock) {
    this.#instanceId = identity.instanceId;
    this.#machineId = identity.machineId;
    this.#key = createPrivateKey(privateKeyPem);
    this.#clock = clock;
  }

  /** Headers for one request: time and request id are new each time. */
  headers(): Record<string, string> {
    const timestamp = String(this.#clock.nowMs());
    const requestId = randomUUID();
    return {
      'x-acs-instance-id': this.#instanceId,
      'x-acs-timestamp': timestamp,
      'x-acs-request-id': requestId,
      'x-acs-signature': signText(this.#instanceId + this.#machineId + timestamp + requestId, this.#key),
    };
  }
}
