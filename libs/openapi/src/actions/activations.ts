import { z } from 'zod';
import { defineAction, paged, PAGING_SHAPE } from '../action.js';
import { clientToken, integer, resourceGroup, resourceName, text } from '../fields.js';
import type { PageMembers } from '../paging.js';
import type { RpcCode } from '../rpc-codes.js';
import { tagFilters, tags, type TagMember } from '../tags.js';
import { ECS } from './versions.js';

const code = (value: RpcCode): RpcCode => value;

/** A hundred years: vendor pages disagree, and older clients send much more than the newest text allows. */
const MAX_TTL_HOURS = 876_576;

/** `CreateActivation`. */
export const createActivation = defineAction({
  name: 'CreateActivation',
  version: ECS,
  shape: {
    RegionId: text,
    InstanceName: resourceName(2, 50).optional(),
    Description: z.string().max(100, code('ActivationDesc.ExceedLimit')).optional(),
    InstanceCount: integer(1, 1_000, 'ActivationLimitation.Invalid').default(10),
    TimeToLiveInHours: integer(1, MAX_TTL_HOURS, 'ActivationTTL.ExceedLimit').default(4),
    IpAddressRange: z
      .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], code('AddressRange.InvalidPattern'))
      .optional(),
    ResourceGroupId: resourceGroup,
    Tag: tags,
    ClientToken: clientToken,
  },
  target: [],
});

/** Parameters of {@link createActivation}. */
export type CreateActivationParameters = ReturnType<typeof createActivation.parse>;

/** Answer to {@link createActivation}; the only one that has the code. */
export interface CreateActivationBody {
  ActivationId: string;
  ActivationCode: string;
}

/** `DescribeActivations`. */
export const describeActivations = paged(
  defineAction({
    name: 'DescribeActivations',
    version: ECS,
    shape: {
      RegionId: text,
      ActivationId: z.string().optional(),
      InstanceName: z.string().optional(),
      ResourceGroupId: resourceGroup,
      Tag: tagFilters,
      ...PAGING_SHAPE,
    },
    target: ['ActivationId'],
  }),
  { maxSize: 50, hasPageNumbers: true },
);

/** Parameters of {@link describeActivations}. */
export type DescribeActivationsParameters = ReturnType<typeof describeActivations.parse>;

/** An activation as {@link describeActivations} lists it. */
export interface ActivationMember {
  ActivationId: string;
  CreationTime: string;
  DeregisteredCount: number;
  Description: string;
  Disabled: boolean;
  InstanceCount: number;
  InstanceName: string;
  IpAddressRange: string;
  RegisteredCount: number;
  TimeToLiveInHours: number;
  Tags: TagMember[];
}

/** Answer to {@link describeActivations}; its list is not wrapped twice. */
export interface DescribeActivationsBody extends PageMembers {
  ActivationList: ActivationMember[];
}

/** `DisableActivation`. */
export const disableActivation = defineAction({
  name: 'DisableActivation',
  version: ECS,
  shape: { RegionId: text, ActivationId: text },
  target: ['ActivationId'],
});

/** Answer to {@link disableActivation}. */
export interface DisableActivationBody {
  Activation: Omit<ActivationMember, 'Tags'>;
}

/** `DeleteActivation`. */
export const deleteActivation = defineAction({
  name: 'DeleteActivation',
  version: ECS,
  shape: { RegionId: text, ActivationId: text },
  target: ['ActivationId'],
});

/** Answer to {@link deleteActivation}. */
export interface DeleteActivationBody {
  Activation: Omit<ActivationMember, 'Tags' | 'Disabled'>;
}

/** Parameters of {@link disableActivation} and {@link deleteActivation}. */
export type ActivationIdParameters = ReturnType<typeof disableActivation.parse>;
