import {
  AppError,
  newActivationId,
  randomSecret,
  type AccountId,
  type ActivationId,
  type Clock,
} from '@sallyport/kernel';
import type { Activation, ActivationStore } from './activation-store.port.js';
import { hashActivationCode } from './register-agent.usecase.js';

/** 190 random bits. */
const CODE_LENGTH = 32;

/** What may be chosen for a new activation. */
export type NewActivation = Pick<
  Activation,
  'instanceName' | 'description' | 'instanceCount' | 'timeToLiveHours' | 'ipAddressRange' | 'tags'
>;

/** Activations of an account in this deployment's region. */
export class Activations {
  constructor(
    private readonly store: ActivationStore,
    private readonly region: string,
    private readonly clock: Clock,
  ) {}

  /** @returns the activation and its code, which cannot be had again */
  async create(
    accountId: AccountId,
    wanted: NewActivation,
  ): Promise<{ activation: Activation; code: string }> {
    const code = `a-${randomSecret(CODE_LENGTH)}`;
    const activation: Activation = {
      ...wanted,
      id: newActivationId(),
      accountId,
      region: this.region,
      codeHash: hashActivationCode(code),
      isDisabled: false,
      registeredCount: 0,
      deregisteredCount: 0,
      createdAtMs: this.clock.nowMs(),
    };
    await this.store.insert(activation);
    return { activation, code };
  }

  /** Idempotent; machines that registered stay. @throws AppError `ACTIVATION_NOT_FOUND` */
  async disable(accountId: AccountId, id: ActivationId): Promise<Activation> {
    const activation = await this.store.disable(accountId, this.region, id);
    if (!activation) throw notFound();
    return activation;
  }

  /** @throws AppError `ACTIVATION_NOT_FOUND`; `ACTIVATION_IN_USE` when a machine has registered with it */
  async delete(accountId: AccountId, id: ActivationId): Promise<Activation> {
    const outcome = await this.store.deleteUnused(accountId, this.region, id);
    if (outcome === 'not-found') throw notFound();
    if (outcome === 'in-use')
      throw new AppError('ACTIVATION_IN_USE', 'Instances were registered with this activation.');
    return outcome;
  }
}

const notFound = (): AppError => new AppError('ACTIVATION_NOT_FOUND', 'There is no such activation.');
