import { Inject, Injectable } from '@nestjs/common';
import {
  AgentDirectory,
  InstanceStore,
  type Instance,
  type InstanceFilter,
  type Presence,
} from '@sallyport/fleet';
import { AppError, type InstanceId } from '@sallyport/kernel';
import {
  deregisterManagedInstance,
  describeInstances,
  describeManagedInstances,
  isoSeconds,
  modifyManagedInstance,
  pageMembers,
  rpcError,
  type DeregisterManagedInstanceBody,
  type DescribeInstancesBody,
  type DescribeManagedInstancesBody,
  type DescribeManagedInstancesParameters,
  type ManagedInstanceMember,
  type ModifyManagedInstanceBody,
} from '@sallyport/openapi';
import type { Settings } from '@sallyport/platform';
import { RemoveInstance } from '../core/remove-instance.usecase.js';
import { SETTINGS } from '../core/tokens.js';
import { instanceArns, row, type ActionRow } from './action-row.js';
import { tagFilter, tagMembers } from './tag-members.js';

const NO_ROWS = { items: [], total: 0 };

/** Managed instances over the RPC API. */
@Injectable()
export class InstanceActions {
  readonly rows: readonly ActionRow[] = [
    row({
      action: describeManagedInstances,
      permission: 'ecs:DescribeManagedInstances',
      resources: ({ InstanceId }, context) => instanceArns(InstanceId, context),
      run: async (p, { principal }): Promise<DescribeManagedInstancesBody> => {
        const filter = await this.#filter(p);
        const slice = await this.instances.list(
          principal.accountId,
          this.settings.region,
          filter,
          p.page.query,
        );
        const presences = await this.directory.presence(slice.items.map(({ id }) => id));
        const Instances = slice.items.map((instance) => listedMember(instance, presences.get(instance.id)));
        return { ...pageMembers(p.page, slice), Instances };
      },
    }),
    row({
      action: modifyManagedInstance,
      permission: 'ecs:ModifyManagedInstance',
      resources: ({ InstanceId }, context) => instanceArns([InstanceId], context),
      run: async (p, { principal }): Promise<ModifyManagedInstanceBody> => {
        const { region } = this.settings;
        const id = p.InstanceId as InstanceId;
        const instance = await this.instances.rename(principal.accountId, region, id, p.InstanceName);
        if (!instance) throw notFound(p.InstanceId);
        return { Instance: { InstanceId: instance.id, InstanceName: instance.name } };
      },
    }),
    row({
      action: deregisterManagedInstance,
      permission: 'ecs:DeregisterManagedInstance',
      resources: ({ InstanceId }, context) => instanceArns([InstanceId], context),
      run: async ({ InstanceId }, { principal }): Promise<DeregisterManagedInstanceBody> => {
        const instance = await this.removeInstance.execute(principal.accountId, InstanceId as InstanceId);
        return { Instance: instanceMember(instance) };
      },
    }),
    row({
      action: describeInstances,
      permission: 'ecs:DescribeInstances',
      resources: ({ InstanceIds }, context) => instanceArns(InstanceIds, context),
      // Only declared instances (`i-…`) are listed here, and this deployment has none yet.
      run: (p): Promise<DescribeInstancesBody> => {
        if (p.DryRun) throw rpcError('DryRunOperation');
        return Promise.resolve({ ...pageMembers(p.page, NO_ROWS), Instances: { Instance: [] } });
      },
    }),
  ];

  constructor(
    private readonly instances: InstanceStore,
    private readonly directory: AgentDirectory,
    private readonly removeInstance: RemoveInstance,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async #filter(p: DescribeManagedInstancesParameters): Promise<InstanceFilter> {
    return {
      ids: p.InstanceId as readonly InstanceId[] | undefined,
      name: p.InstanceName,
      ip: p.InstanceIp,
      osType: p.OsType,
      activationId: p.ActivationId,
      machineId: p.MachineId,
      tags: tagFilter(p.Tag),
      among:
        p.Connected === undefined
          ? undefined
          : { ids: await this.directory.connected(), isNegated: !p.Connected },
    };
  }
}

const notFound = (id: string): AppError =>
  new AppError('INSTANCE_NOT_FOUND', `The instance ${id} does not exist.`);

const instanceMember = (instance: Instance): Omit<ManagedInstanceMember, 'Connected' | 'Tags'> => ({
  ActivationId: instance.activationId,
  AgentVersion: instance.agentVersion,
  Hostname: instance.hostname,
  InstanceId: instance.id,
  InstanceName: instance.name,
  InternetIp: instance.internetIp,
  IntranetIp: instance.intranetIp,
  InvocationCount: 0,
  MachineId: instance.machineId,
  OsType: instance.osType,
  OsVersion: instance.osVersion,
  RegistrationTime: isoSeconds(instance.registeredAtMs),
});

const listedMember = (instance: Instance, presence: Presence | undefined): ManagedInstanceMember => ({
  ...instanceMember(instance),
  Connected: presence?.isConnected ?? false,
  Tags: tagMembers(instance.tags),
});
