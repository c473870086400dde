import { Inject, Injectable } from '@nestjs/common';
import { Activations, ActivationStore, type Activation } from '@sallyport/fleet';
import type { ActivationId } from '@sallyport/kernel';
import {
  createActivation,
  deleteActivation,
  describeActivations,
  disableActivation,
  isoSeconds,
  pageMembers,
  type ActivationMember,
  type CreateActivationBody,
  type DeleteActivationBody,
  type DescribeActivationsBody,
  type DisableActivationBody,
} from '@sallyport/openapi';
import type { Settings } from '@sallyport/platform';
import { SETTINGS } from '../core/tokens.js';
import { activationArn, row, type ActionRow } from './action-row.js';
import { tagFilter, tagMembers, tagsOf } from './tag-members.js';

/** Activations over the RPC API. */
@Injectable()
export class ActivationActions {
  readonly rows: readonly ActionRow[] = [
    row({
      action: createActivation,
      permission: 'ecs:CreateActivation',
      resources: (_, context) => [activationArn(undefined, context)],
      run: async (p, { principal }): Promise<CreateActivationBody> => {
        const { activation, code } = await this.activations.create(principal.accountId, {
          instanceName: p.InstanceName,
          description: p.Description ?? '',
          instanceCount: p.InstanceCount,
          timeToLiveHours: p.TimeToLiveInHours,
          ipAddressRange: p.IpAddressRange,
          tags: tagsOf(p.Tag),
        });
        return { ActivationId: activation.id, ActivationCode: code };
      },
    }),
    row({
      action: describeActivations,
      permission: 'ecs:DescribeActivations',
      resources: ({ ActivationId }, context) => [activationArn(ActivationId, context)],
      run: async (p, { principal }): Promise<DescribeActivationsBody> => {
        const filter = { id: p.ActivationId, instanceName: p.InstanceName, tags: tagFilter(p.Tag) };
        const slice = await this.store.list(principal.accountId, this.settings.region, filter, p.page.query);
        return { ...pageMembers(p.page, slice), ActivationList: slice.items.map(listedMember) };
      },
    }),
    row({
      action: disableActivation,
      permission: 'ecs:DisableActivation',
      resources: ({ ActivationId }, context) => [activationArn(ActivationId, context)],
      run: async ({ ActivationId }, { principal }): Promise<DisableActivationBody> => {
        const activation = await this.activations.disable(principal.accountId, ActivationId as ActivationId);
        return { Activation: { ...activationMember(activation), Disabled: activation.isDisabled } };
      },
    }),
    row({
      action: deleteActivation,
      permission: 'ecs:DeleteActivation',
      resources: ({ ActivationId }, context) => [activationArn(ActivationId, context)],
      run: async ({ ActivationId }, { principal }): Promise<DeleteActivationBody> => {
        const activation = await this.activations.delete(principal.accountId, ActivationId as ActivationId);
        return { Activation: activationMember(activation) };
      },
    }),
  ];

  constructor(
    private readonly activations: Activations,
    private readonly store: ActivationStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}
}

const activationMember = (activation: Activation): Omit<ActivationMember, 'Tags' | 'Disabled'> => ({
  ActivationId: activation.id,
  CreationTime: isoSeconds(activation.createdAtMs),
  DeregisteredCount: activation.deregisteredCount,
  Description: activation.description,
  InstanceCount: activation.instanceCount,
  InstanceName: activation.instanceName ?? '',
  IpAddressRange: activation.ipAddressRange ?? '',
  RegisteredCount: activation.registeredCount,
  TimeToLiveInHours: activation.timeToLiveHours,
});

const listedMember = (activation: Activation): ActivationMember => ({
  ...activationMember(activation),
  Disabled: activation.isDisabled,
  Tags: tagMembers(activation.tags),
});
