import { AppError, newSessionId, type Clock, type InstanceId, type NodeId } from '@sallyport/kernel';
import {
  supportsForwarding,
  supportsSessions,
  type AgentDirectory,
  type Instance,
  type InstanceStore,
  type Presence,
} from '@sallyport/fleet';
import type { AccountSettingsStore, Principal, Tickets } from '@sallyport/iam';
import { checkTarget } from './forwarding-target.js';
import { instanceScope, regionScope, type QuotaLedger } from './quota-ledger.port.js';
import { LEASE_TTL_MS, type SessionLimits, type SessionTimes } from './session-limits.js';
import type { SessionRecord, SessionStore } from './session-store.port.js';

/** What a client asks for. */
export interface SessionRequest {
  readonly instanceId: InstanceId;
  readonly clientIp: string;
  /** 1 to 65535: a port session; undefined: a shell. */
  readonly portNumber?: number | undefined;
  /** Host reached through the instance; only with `portNumber`. */
  readonly targetServer?: string | undefined;
  readonly username?: string | undefined;
  readonly commandLine?: string | undefined;
}

/** What the client gets: the session, and the ticket that attaches to it. */
export interface StartedSession {
  readonly session: SessionRecord;
  readonly ticket: string;
}

/** Where a started session waits for its client. */
export interface SessionHost {
  add(session: SessionRecord): void;
}

/** What {@link StartSession} stands on. */
export interface StartSessionParts {
  readonly instances: InstanceStore;
  readonly directory: AgentDirectory;
  readonly settings: AccountSettingsStore;
  readonly ledger: QuotaLedger;
  readonly sessions: SessionStore;
  readonly tickets: Tickets;
  readonly host: SessionHost;
  readonly clock: Clock;
  readonly region: string;
  readonly nodeId: NodeId;
  readonly limits: SessionLimits;
  readonly times: SessionTimes;
}

/** Starts sessions, of callers that have been authenticated and authorised. */
export class StartSession {
  constructor(private readonly parts: StartSessionParts) {}

  /**
   * @throws AppError `SESSION_MANAGER_DISABLED`, `INSTANCE_NOT_FOUND`, `INSTANCE_OFFLINE`, `AGENT_TOO_OLD`,
   *   `FORWARDING_NOT_SUPPORTED`, `TARGET_FORBIDDEN`, `QUOTA_EXCEEDED` (details: limit, value, used);
   *   nothing is reserved then
   */
  async execute(principal: Principal, request: SessionRequest): Promise<StartedSession> {
    await this.#assertReachable(principal, request);
    const session = this.#newRecord(principal, request);
    const scope = regionScope(session.accountId, session.region);
    await this.#takeSlot(session);
    try {
      const ticket = await this.#issueTicket(session);
      await this.parts.sessions.insert(session);
      this.parts.host.add(session);
      return { session, ticket };
    } catch (error) {
      // Where even that fails, the slot frees itself: nobody renews it.
      await this.parts.ledger.release(scope, session.id).catch(() => undefined);
      throw error;
    }
  }

  async #assertReachable(principal: Principal, request: SessionRequest): Promise<void> {
    const { settings, instances, directory, region } = this.parts;
    const [{ isSessionManagerEnabled }, instance, presences] = await Promise.all([
      settings.get(principal.accountId),
      instances.find(principal.accountId, region, request.instanceId),
      directory.presence([request.instanceId]),
    ]);
    if (!isSessionManagerEnabled)
      throw new AppError('SESSION_MANAGER_DISABLED', 'Session manager is disabled for this account.');
    if (!instance)
      throw new AppError('INSTANCE_NOT_FOUND', `The instance ${request.instanceId} does not exist.`);
    const presence = presences.get(request.instanceId);
    if (!presence?.isConnected)
      throw new AppError('INSTANCE_OFFLINE', `The agent of instance ${request.instanceId} is not connected.`);
    assertCapable(instance, presence, request);
  }

  async #takeSlot(session: SessionRecord): Promise<void> {
    const { ledger, limits } = this.parts;
    const connected = await ledger.used(instanceScope(session.accountId, session.instanceId));
    if (connected >= limits.sessionsPerInstance)
      throw quotaExceeded('connected sessions of the instance', limits.sessionsPerInstance, connected);
    const slot = await ledger.acquire(
      regionScope(session.accountId, session.region),
      session.id,
      limits.sessionsPerRegion,
      LEASE_TTL_MS,
    );
    if (!slot.ok) throw quotaExceeded('sessions in the region', limits.sessionsPerRegion, slot.error);
  }

  #issueTicket({ accountId, id, urlExpiresAtMs }: SessionRecord): Promise<string> {
    return this.parts.tickets.issue({ accountId, sessionId: id }, urlExpiresAtMs + this.parts.times.maxMs);
  }

  #newRecord(principal: Principal, request: SessionRequest): SessionRecord {
    const { clock, region, nodeId, times } = this.parts;
    const createdAtMs = clock.nowMs();
    return {
      id: newSessionId(),
      accountId: principal.accountId,
      region,
      instanceId: request.instanceId,
      principalArn: principal.arn,
      principalId: principal.principalId,
      identityType: 'account',
      clientIp: request.clientIp,
      portNumber: request.portNumber,
      targetServer: request.targetServer,
      username: request.username,
      commandLine: request.commandLine,
      state: 'created',
      nodeId,
      createdAtMs,
      urlExpiresAtMs: createdAtMs + times.urlTtlMs,
      openedAtMs: undefined,
      endedAtMs: undefined,
      endReason: undefined,
      failedDetail: undefined,
    };
  }
}

function assertCapable(instance: Instance, presence: Presence, request: SessionRequest): void {
  if (!supportsSessions(instance.agentVersion, instance.osType))
    throw new AppError('AGENT_TOO_OLD', `The agent ${instance.agentVersion} cannot hold terminal sessions.`);
  if (request.portNumber === undefined) return;
  if (!supportsForwarding(instance.agentVersion, instance.osType))
    throw new AppError(
      'FORWARDING_NOT_SUPPORTED',
      `The agent ${instance.agentVersion} cannot forward ports.`,
    );
  checkTarget(request.targetServer, presence.isOwnAgent);
}

/** The refusal of both session limits; tells which, its value and what is used. */
export const quotaExceeded = (limit: string, value: number, used: number): AppError =>
  new AppError('QUOTA_EXCEEDED', `Too many ${limit}: the limit is ${value}, ${used} are in use.`, {
    details: { limit, value, used },
    retryable: true,
  });
