import type { AccountId, ActivationId, InstanceId, PageQuery, Slice } from '@sallyport/kernel';
import type { Tag } from './tag.js';

/** A target machine. */
export interface Instance {
  readonly id: InstanceId;
  readonly accountId: AccountId;
  readonly region: string;
  readonly name: string;
  readonly hostname: string;
  /** As sent at registration; pinned, since the agent's signatures cover it but never carry it. */
  readonly machineId: string;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
  /** `linux`, `windows` or `freebsd`, as the agent says it. */
  readonly osType: string;
  readonly osVersion: string;
  readonly agentVersion: string;
  /** As the agent reports it; empty when it has none. */
  readonly intranetIp: string;
  /** The address its requests come from. */
  readonly internetIp: string;
  readonly tags: readonly Tag[];
  readonly activationId: ActivationId;
  readonly registeredAtMs: number;
  readonly lastHeartbeatAtMs: number | undefined;
}

/** Conditions that must all hold; an absent one does not restrict. */
export interface InstanceFilter {
  readonly ids?: readonly InstanceId[] | undefined;
  /** `*` stands for any run of characters. */
  readonly name?: string | undefined;
  /** Internal or public address. */
  readonly ip?: string | undefined;
  /** Compared without case. */
  readonly osType?: string | undefined;
  readonly activationId?: string | undefined;
  readonly machineId?: string | undefined;
  /** Only (or, negated, all but) these: how presence, which is live state, restricts a list. */
  readonly among?: { readonly ids: readonly InstanceId[]; readonly isNegated: boolean } | undefined;
  /** A tag without a value matches any value. */
  readonly tags?: readonly { readonly key: string; readonly value?: string | undefined }[] | undefined;
}

/** Signs of life to be written together. */
export interface Heartbeat {
  readonly instanceId: InstanceId;
  readonly atMs: number;
  readonly internetIp: string;
  readonly agentVersion: string;
}

/** Registered instances at rest. A deregistered one is not found any more. */
export abstract class InstanceStore {
  /** By id alone: for an agent's own requests, whose signature then establishes the account. */
  abstract findForAgent(id: InstanceId): Promise<Instance | undefined>;
  abstract find(accountId: AccountId, region: string, id: InstanceId): Promise<Instance | undefined>;
  abstract list(
    accountId: AccountId,
    region: string,
    filter: InstanceFilter,
    page: PageQuery,
  ): Promise<Slice<Instance>>;
  /** @returns the renamed instance, or undefined when there is none */
  abstract rename(
    accountId: AccountId,
    region: string,
    id: InstanceId,
    name: string,
  ): Promise<Instance | undefined>;
  /** Removes the instance and counts it at its activation, in one transaction. @returns it as it was, or undefined */
  abstract deregister(
    accountId: AccountId,
    region: string,
    id: InstanceId,
    atMs: number,
  ): Promise<Instance | undefined>;
  /** Writes heart-beats in one statement; unknown instances are passed over. */
  abstract touch(beats: readonly Heartbeat[]): Promise<void>;
}
