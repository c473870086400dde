import type { AgentAuthentication, AgentDirectory, Instance, InstanceStore } from '@sallyport/fleet';
import { AppError, type AccountId, type InstanceId } from '@sallyport/kernel';
import type { EndReason } from '@sallyport/session';

/** Where the live sessions of an instance are ended. */
export interface InstanceSessions {
  endOfInstance(id: InstanceId, reason: EndReason): void;
}

/** Takes an instance out of the fleet, with everything that still runs on it. Here because it spans fleet and sessions. */
export class RemoveInstance {
  constructor(
    private readonly instances: InstanceStore,
    private readonly authentication: AgentAuthentication,
    private readonly directory: AgentDirectory,
    private readonly sessions: InstanceSessions,
    private readonly region: string,
    private readonly nowMs: () => number,
  ) {}

  /** @returns the instance as it was. @throws AppError `INSTANCE_NOT_FOUND` */
  async execute(accountId: AccountId, id: InstanceId): Promise<Instance> {
    const instance = await this.instances.deregister(accountId, this.region, id, this.nowMs());
    if (!instance) throw new AppError('INSTANCE_NOT_FOUND', `The instance ${id} does not exist.`);
    // Sessions first: their stop kicks need the control socket.
    this.sessions.endOfInstance(id, 'InstanceDeregistered');
    this.authentication.forget(id);
    await this.directory.forget(id);
    return instance;
  }
}
