import { Inject, Injectable } from '@nestjs/common';
import {
  AgentDirectory,
  InstanceStore,
  supportsSessions,
  type Instance,
  type Presence,
} from '@sallyport/fleet';
import { AppError, type AccountId, type Clock, type InstanceId } from '@sallyport/kernel';
import {
  describeCloudAssistantStatus,
  isoSeconds,
  pageMembers,
  type CloudAssistantStatusMember,
  type DescribeCloudAssistantStatusBody,
} from '@sallyport/openapi';
import type { Settings } from '@sallyport/platform';
import { CLOCK, SETTINGS } from '../core/tokens.js';
import { instanceArns, row, type ActionRow } from './action-row.js';

/** An agent is there while its last heart-beat is younger than this (actions, DescribeCloudAssistantStatus). */
const ALIVE_MS = 120_000;

/** Agent presence over the RPC API. */
@Injectable()
export class CloudAssistantActions {
  readonly rows: readonly ActionRow[] = [
    row({
      action: describeCloudAssistantStatus,
      permission: 'ecs:DescribeCloudAssistantStatus',
      resources: ({ InstanceId }, context) => instanceArns(InstanceId, context),
      run: async ({ page, ...p }, { principal }): Promise<DescribeCloudAssistantStatusBody> => {
        const filter = { ids: p.InstanceId as readonly InstanceId[] | undefined, osType: p.OSType };
        const slice = await this.instances.list(
          principal.accountId,
          this.settings.region,
          filter,
          page.query,
        );
        if (p.InstanceId) await this.#assertAllExist(principal.accountId, p.InstanceId, slice.items);
        const presences = await this.directory.presence(slice.items.map(({ id }) => id));
        const rows = slice.items.map((instance) => this.#member(instance, presences.get(instance.id)));
        return {
          ...pageMembers(page, slice),
          InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: rows },
        };
      },
    }),
  ];

  constructor(
    private readonly instances: InstanceStore,
    private readonly directory: AgentDirectory,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** An id that the other filters left out is not unknown: only those that are not there at all are refused. */
  async #assertAllExist(
    accountId: AccountId,
    ids: readonly string[],
    found: readonly Instance[],
  ): Promise<void> {
    const known = new Set<string>(found.map(({ id }) => id));
    for (const id of ids) {
      if (known.has(id) || (await this.instances.find(accountId, this.settings.region, id as InstanceId)))
        continue;
      throw new AppError('INSTANCE_NOT_FOUND', `The instance ${id} does not exist.`);
    }
  }

  #member(instance: Instance, presence: Presence | undefined): CloudAssistantStatusMember {
    const lastMs = presence?.lastHeartbeatAtMs ?? instance.lastHeartbeatAtMs;
    const hasBeaten = lastMs !== undefined && this.clock.nowMs() - lastMs < ALIVE_MS;
    // After a restart an agent is back on its control socket long before its next heart-beat.
    const isAlive = hasBeaten || (presence?.isConnected ?? false);
    return {
      InstanceId: instance.id,
      CloudAssistantStatus: isAlive ? 'true' : 'false',
      CloudAssistantVersion: instance.agentVersion,
      OSType: instance.osType,
      SupportSessionManager: supportsSessions(instance.agentVersion, instance.osType),
      ActiveTaskCount: 0,
      InvocationCount: 0,
      LastHeartbeatTime: lastMs === undefined ? undefined : isoSeconds(lastMs),
    };
  }
}
