import { z } from 'zod';
import { defineAction, paged, PAGING_SHAPE } from '../action.js';
import { boolean, clientToken, oneOf, resourceGroup, resourceName, text } from '../fields.js';
import type { PageMembers } from '../paging.js';
import type { RpcCode } from '../rpc-codes.js';
import { tagFilters, type TagMember } from '../tags.js';
import { ECS } from './versions.js';

/** `DescribeManagedInstances`. */
export const describeManagedInstances = paged(
  defineAction({
    name: 'DescribeManagedInstances',
    version: ECS,
    shape: {
      RegionId: text,
      InstanceId: z
        .array(z.string())
        .max(50, 'InstanceIds.ExceedLimit' satisfies RpcCode)
        .optional(),
      InstanceName: z.string().optional(),
      InstanceIp: z.string().optional(),
      OsType: oneOf('windows', 'linux', 'FreeBSD').optional(),
      ActivationId: z.string().optional(),
      MachineId: z.string().max(36).optional(),
      Connected: boolean.optional(),
      ResourceGroupId: resourceGroup,
      Tag: tagFilters,
      ...PAGING_SHAPE,
    },
    target: ['InstanceId'],
  }),
  { maxSize: 50, hasPageNumbers: true },
);

/** Parameters of {@link describeManagedInstances}. */
export type DescribeManagedInstancesParameters = ReturnType<typeof describeManagedInstances.parse>;

/** A managed instance as {@link describeManagedInstances} lists it. */
export interface ManagedInstanceMember {
  ActivationId: string;
  AgentVersion: string;
  Connected: boolean;
  Hostname: string;
  InstanceId: string;
  InstanceName: string;
  InternetIp: string;
  IntranetIp: string;
  InvocationCount: number;
  LastInvokedTime?: string | undefined;
  MachineId: string;
  OsType: string;
  OsVersion: string;
  RegistrationTime: string;
  Tags: TagMember[];
}

/** Answer to {@link describeManagedInstances}; its lists are not wrapped twice. */
export interface DescribeManagedInstancesBody extends PageMembers {
  Instances: ManagedInstanceMember[];
}

/** `ModifyManagedInstance`: gives it another name. */
export const modifyManagedInstance = defineAction({
  name: 'ModifyManagedInstance',
  version: ECS,
  shape: { RegionId: text, InstanceId: text, InstanceName: resourceName(2, 128) },
  target: ['InstanceId'],
});

/** Parameters of {@link modifyManagedInstance}. */
export type ModifyManagedInstanceParameters = ReturnType<typeof modifyManagedInstance.parse>;

/** Answer to {@link modifyManagedInstance}. */
export interface ModifyManagedInstanceBody {
  Instance: Pick<ManagedInstanceMember, 'InstanceId' | 'InstanceName'>;
}

/** `DeregisterManagedInstance`. */
export const deregisterManagedInstance = defineAction({
  name: 'DeregisterManagedInstance',
  version: ECS,
  shape: { RegionId: text, InstanceId: text, ClientToken: clientToken },
  target: ['InstanceId'],
});

/** Parameters of {@link deregisterManagedInstance}. */
export type DeregisterManagedInstanceParameters = ReturnType<typeof deregisterManagedInstance.parse>;

/** Answer to {@link deregisterManagedInstance}: the instance as it was. */
export interface DeregisterManagedInstanceBody {
  Instance: Omit<ManagedInstanceMember, 'Connected' | 'Tags'>;
}
