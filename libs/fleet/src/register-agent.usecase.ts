import { createHash, createPublicKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { AppError, newManagedInstanceId, type ActivationId, type Clock } from '@sallyport/kernel';
import type { Activation, ActivationStore } from './activation-store.port.js';
import type { Instance } from './instance-store.port.js';
import type { Tag } from './tag.js';

/** What an agent says at registration (spec wire §1.2). */
export interface Registration {
  readonly activationId: string;
  readonly activationCode: string;
  readonly region: string;
  readonly machineId: string;
  readonly instanceName: string;
  readonly hostname: string;
  readonly intranetIp: string;
  readonly osType: string;
  readonly osVersion: string;
  readonly agentVersion: string;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
  readonly tags: readonly Tag[];
}

const HOUR_MS = 3_600_000;
const MIN_RSA_BITS = 2048;
/** Form of the ids that `newActivationId` makes: anything else need not be looked for. */
const ACTIVATION_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const rejected = (cause?: unknown): AppError =>
  new AppError('ACTIVATION_REJECTED', 'The activation id or code is not valid.', { cause });

/** SHA-256 of an activation code, as stored. */
export const hashActivationCode = (code: string): string => createHash('sha256').update(code).digest('hex');

/** Turns an activation into an instance. */
export class RegisterAgent {
  constructor(
    private readonly activations: ActivationStore,
    private readonly region: string,
    private readonly clock: Clock,
  ) {}

  /**
   * @param clientIp  address the registration comes from
   * @throws AppError `ACTIVATION_REJECTED` (wrong, expired, disabled, used up, other address range: all alike);
   *   `INVALID_ARGUMENT` for a public key that cannot be used
   */
  async execute(registration: Registration, clientIp: string): Promise<Instance> {
    const { activationId } = registration;
    if (!ACTIVATION_ID.test(activationId)) throw rejected();
    const activation = await this.activations.findForRegistration(activationId as ActivationId);
    if (!activation || !this.#admits(activation, registration, clientIp)) throw rejected();
    const checked = { ...registration, publicKeyPem: usableKey(registration.publicKeyPem) };
    const instance = await this.activations.redeem(activation.id, (ordinal) =>
      this.#instance(activation, checked, clientIp, ordinal),
    );
    if (!instance) throw rejected();
    return instance;
  }

  #admits(activation: Activation, { activationCode }: Registration, clientIp: string): boolean {
    const isCode = timingSafeEqual(
      Buffer.from(activation.codeHash, 'hex'),
      Buffer.from(hashActivationCode(activationCode), 'hex'),
    );
    const expiresAtMs = activation.createdAtMs + activation.timeToLiveHours * HOUR_MS;
    return (
      isCode &&
      !activation.isDisabled &&
      activation.region === this.region &&
      this.clock.nowMs() < expiresAtMs &&
      isWithin(clientIp, activation.ipAddressRange)
    );
  }

  #instance(activation: Activation, registration: Registration, clientIp: string, ordinal: number): Instance {
    return {
      id: newManagedInstanceId(),
      accountId: activation.accountId,
      region: activation.region,
      name: instanceName(activation, registration, ordinal),
      hostname: registration.hostname,
      machineId: registration.machineId,
      publicKeyPem: registration.publicKeyPem,
      osType: registration.osType,
      osVersion: registration.osVersion,
      agentVersion: registration.agentVersion,
      intranetIp: isIP(registration.intranetIp) === 0 ? '' : registration.intranetIp,
      internetIp: clientIp,
      tags: mergeTags(activation.tags, registration.tags),
      activationId: activation.id,
      registeredAtMs: this.clock.nowMs(),
      lastHeartbeatAtMs: undefined,
    };
  }
}

function instanceName(activation: Activation, registration: Registration, ordinal: number): string {
  if (registration.instanceName !== '') return registration.instanceName;
  if (activation.instanceName === undefined) return registration.hostname;
  const width = Math.max(3, String(activation.instanceCount).length);
  return `${activation.instanceName}-${String(ordinal).padStart(width, '0')}`;
}

/** The activation's tags win: they are what the account's admin has decided. Of a key that comes twice, the first counts. */
function mergeTags(decided: readonly Tag[], claimed: readonly Tag[]): readonly Tag[] {
  const tags = new Map<string, Tag>();
  for (const tag of [...decided, ...claimed]) if (!tags.has(tag.key)) tags.set(tag.key, tag);
  return [...tags.values()];
}

function isWithin(address: string, range: string | undefined): boolean {
  if (range === undefined) return true;
  const [base = '', prefix] = range.split('/');
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(base, family);
  else list.addSubnet(base, Number(prefix), family);
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** @returns the public key alone, as SPKI: what came may be in another form, or even be the private key. */
function usableKey(pem: string): string {
  const key = readKey(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < MIN_RSA_BITS)
    throw new AppError('INVALID_ARGUMENT', `The public key must be RSA with ${MIN_RSA_BITS} bits or more.`);
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function readKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new AppError('INVALID_ARGUMENT', 'The public key cannot be read.', { cause });
  }
}
