import { verify } from 'node:crypto';
import { AppError, type Clock, type InstanceId } from '@sallyport/kernel';
import type { NonceMemory } from '@sallyport/iam';
import type { Instance, InstanceStore } from './instance-store.port.js';

/** What an agent's request says of itself: headers `x-acs-instance-id`, `-timestamp`, `-request-id`, `-signature`. */
export interface AgentCredentials {
  readonly instanceId: string;
  /** Decimal milliseconds, the agent's own clock. */
  readonly timestamp: string;
  readonly requestId: string;
  /** Base64. */
  readonly signature: string;
}

/** How far an agent's clock may be off, either way. */
const CLOCK_TOLERANCE_MS = 15 * 60_000;
const MAX_INSTANCE_ID_LENGTH = 64;
const MAX_REQUEST_ID_LENGTH = 128;
/** How long an instance that was read is used without being read again; a deregistered one is refused within this time. */
const CACHE_MS = 2_000;

const refusal = (cause?: unknown): AppError =>
  new AppError('AGENT_SIGNATURE_INVALID', 'The agent is not known or its signature is not valid.', { cause });

/**
 * Establishes which instance a request comes from: RSASSA-PKCS1-v1_5 with MD5 over
 * `instanceId + machineId + timestamp + requestId` (spec wire §1.5), checked with the key and machine id of the registration.
 */
export class AgentAuthentication {
  readonly #cache = new Map<string, { readonly instance: Instance; readonly untilMs: number }>();

  constructor(
    private readonly instances: InstanceStore,
    private readonly nonces: NonceMemory,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `AGENT_SIGNATURE_INVALID`; nothing in it tells which check failed */
  async authenticate(credentials: AgentCredentials): Promise<Instance> {
    const { instanceId, requestId } = credentials;
    if (instanceId.length > MAX_INSTANCE_ID_LENGTH || requestId.length > MAX_REQUEST_ID_LENGTH)
      throw refusal();
    if (!this.#isTimely(credentials.timestamp)) throw refusal();
    const instance = await this.#find(instanceId as InstanceId);
    if (!instance || !isSignedBy(instance, credentials)) throw refusal();
    // Only after the signature, so that strangers cannot use up request ids.
    if (!(await this.nonces.claim(`agent:${instanceId}`, requestId, 2 * CLOCK_TOLERANCE_MS))) throw refusal();
    return instance;
  }

  /** Makes a deregistered instance unknown at once on this node. */
  forget(id: InstanceId): void {
    this.#cache.delete(id);
  }

  #isTimely(timestamp: string): boolean {
    return (
      /^\d{1,15}$/.test(timestamp) && Math.abs(Number(timestamp) - this.clock.nowMs()) <= CLOCK_TOLERANCE_MS
    );
  }

  async #find(id: InstanceId): Promise<Instance | undefined> {
    const cached = this.#cache.get(id);
    if (cached && cached.untilMs > this.clock.nowMs()) return cached.instance;
    const instance = await this.instances.findForAgent(id);
    this.#cache.delete(id);
    if (instance) this.#cache.set(id, { instance, untilMs: this.clock.nowMs() + CACHE_MS });
    return instance;
  }
}

function isSignedBy(
  instance: Instance,
  { instanceId, timestamp, requestId, signature }: AgentCredentials,
): boolean {
  const text = instanceId + instance.machineId + timestamp + requestId;
  try {
    return verify('RSA-MD5', Buffer.from(text), instance.publicKeyPem, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
