import type { AccountId, ActivationId, PageQuery, Slice } from '@sallyport/kernel';
import type { Instance } from './instance-store.port.js';
import type { Tag } from './tag.js';

/** Permission to register machines, by id and secret code. */
export interface Activation {
  readonly id: ActivationId;
  readonly accountId: AccountId;
  readonly region: string;
  /** SHA-256 of the code, hexadecimal; the code itself has 190 random bits and is shown once. */
  readonly codeHash: string;
  /** Prefix of the instances' names; undefined: they are named after their hosts. */
  readonly instanceName: string | undefined;
  readonly description: string;
  /** How many machines may register, 1 to 1,000. */
  readonly instanceCount: number;
  readonly timeToLiveHours: number;
  /** Address or CIDR that registrations must come from. */
  readonly ipAddressRange: string | undefined;
  readonly tags: readonly Tag[];
  readonly isDisabled: boolean;
  readonly registeredCount: number;
  readonly deregisteredCount: number;
  readonly createdAtMs: number;
}

/** Conditions that must all hold; an absent one does not restrict. */
export interface ActivationFilter {
  readonly id?: string | undefined;
  readonly instanceName?: string | undefined;
  readonly tags?: readonly { readonly key: string; readonly value?: string | undefined }[] | undefined;
}

/** Activations at rest. */
export abstract class ActivationStore {
  abstract insert(activation: Activation): Promise<void>;
  /** By id alone: the code then establishes the account. */
  abstract findForRegistration(id: ActivationId): Promise<Activation | undefined>;
  abstract list(
    accountId: AccountId,
    region: string,
    filter: ActivationFilter,
    page: PageQuery,
  ): Promise<Slice<Activation>>;
  /** Idempotent. @returns the activation, or undefined when there is none */
  abstract disable(accountId: AccountId, region: string, id: ActivationId): Promise<Activation | undefined>;
  /** Deletes it unless a machine has registered with it. @returns it as it was, or what prevents the deletion */
  abstract deleteUnused(
    accountId: AccountId,
    region: string,
    id: ActivationId,
  ): Promise<Activation | 'in-use' | 'not-found'>;
  /**
   * Counts one registration and stores its instance, in one transaction; concurrent calls never exceed the count.
   * @param instanceFor  called with the ordinal of this registration, from 1
   * @returns undefined when the activation is used up, disabled or gone
   */
  abstract redeem(
    id: ActivationId,
    instanceFor: (ordinal: number) => Instance,
  ): Promise<Instance | undefined>;
}
