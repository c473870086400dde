import {
  AppError,
  type AccountId,
  type ChannelId,
  type Clock,
  type InstanceId,
  type NodeId,
  type Result,
  type SessionId,
} from '@sallyport/kernel';
import type { AgentDirectory } from '@sallyport/fleet';
import type { TicketClaims } from '@sallyport/iam';
import type { Channel } from './channel.js';
import type { ChannelPath, DataPath } from './data-path.port.js';
import { LiveSession, type Attachment, type SessionTotals } from './live-session.js';
import { instanceScope, regionScope, type QuotaLedger, type QuotaScope } from './quota-ledger.port.js';
import type { SessionJournal } from './session-journal.js';
import { LEASE_RENEW_MS, LEASE_TTL_MS, type SessionLimits, type SessionTimes } from './session-limits.js';
import type { SessionRecord, SessionStore } from './session-store.port.js';
import { isEnded, type EndReason } from './session.machine.js';
import { quotaExceeded } from './start-session.usecase.js';

/** What the registry of live sessions stands on. */
export interface LiveSessionsParts<P extends ChannelPath> {
  readonly dataPath: DataPath<P>;
  readonly directory: AgentDirectory;
  readonly ledger: QuotaLedger;
  readonly sessions: SessionStore;
  readonly journal: SessionJournal;
  readonly clock: Clock;
  readonly nodeId: NodeId;
  readonly limits: SessionLimits;
  readonly times: SessionTimes;
  readonly observer: SessionObserver;
}

/** Who wants to know what happens to sessions: logs and counters. */
export interface SessionObserver {
  attached(session: SessionRecord, channelId: ChannelId): void;
  ended(session: SessionRecord, reason: EndReason, totals: SessionTotals): void;
  failed(error: unknown, session: SessionRecord): void;
}

/** What an agent is told when it fetches a channel (spec wire §1.9). */
export interface ChannelTask {
  readonly session: SessionRecord;
  readonly channelId: ChannelId;
  /** Limit of each direction, bits per second. */
  readonly bitsPerSecond: number;
}

/** A channel and the session it belongs to. */
interface Place<P extends ChannelPath> {
  readonly session: LiveSession<P>;
  readonly channel: Channel<P>;
}

const SWEEP_MS = 1_000;
/** How long whoever ends a session waits for its record: while the database is away, records are written later. */
const RECORD_WAIT_MS = 2_000;
const BITS_PER_KBIT = 1_024;

/** The sessions whose data path is on this node. */
export class LiveSessions<P extends ChannelPath> {
  readonly #parts: LiveSessionsParts<P>;
  readonly #sessions = new Map<SessionId, LiveSession<P>>();
  readonly #channels = new Map<ChannelId, Place<P>>();
  #isSweeping = false;
  #renewAtMs = 0;

  constructor(parts: LiveSessionsParts<P>) {
    this.#parts = parts;
  }

  /** Sessions that have not ended, or whose last bytes are still being delivered. */
  get size(): number {
    return this.#sessions.size;
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  get #bitsPerSecond(): number {
    return this.#parts.limits.bandwidthKbit * BITS_PER_KBIT;
  }

  /** Takes in a session that waits for its client. */
  add(record: SessionRecord): void {
    const { dataPath, directory, clock, times, journal, observer } = this.#parts;
    const session: LiveSession<P> = new LiveSession<P>({
      record,
      path: dataPath.openSession(this.#bitsPerSecond),
      directory,
      clock,
      times,
      note: (change) => {
        journal.note(record.accountId, record.id, change);
        if (change.state && isEnded(change.state)) this.#release(record);
      },
      channelBegan: (channel) => void this.#channels.set(channel.id, { session, channel }),
      channelEnded: (channel) => void this.#channels.delete(channel.id),
      ended: (reason, totals) => {
        this.#sessions.delete(record.id);
        observer.ended(record, reason, totals);
      },
      failed: (error) => observer.failed(error, record),
    });
    this.#sessions.set(record.id, session);
    if (!this.#isSweeping) this.#sweepSoon();
  }

  /**
   * Prepares a channel for the holder of a checked ticket.
   * @param channelId  to come back to a channel; undefined for a new one
   * @throws AppError `SESSION_NOT_FOUND`, `SESSION_ENDED`, `TICKET_EXPIRED`, `CHANNEL_NOT_FOUND`,
   *   `SESSION_STATE_CONFLICT`, `RATE_LIMITED`
   */
  async attach(claims: TicketClaims, channelId?: string): Promise<Attachment<P>> {
    const session = await this.#find(claims.accountId, claims.sessionId);
    session.assertAttachable(channelId);
    if (session.state === 'created') {
      const slot = await this.#takeInstanceSlot(session.record);
      if (!slot.ok) return session.refuse(refusalText(this.#parts.limits.sessionsPerInstance, slot.error));
      // A session that has ended meanwhile gave its slots back before it had this one.
      if (isEnded(session.state)) this.#release(session.record);
    }
    const attachment = session.attach(channelId);
    this.#parts.observer.attached(session.record, attachment.channelId);
    return attachment;
  }

  /** What an instance's agent gets for a channel id; undefined when there is nothing for it (any more). */
  handOut(instanceId: InstanceId, channelId: string): ChannelTask | undefined {
    const place = this.#place(instanceId, channelId);
    if (!place?.channel.handOut()) return undefined;
    return { session: place.session.record, channelId: place.channel.id, bitsPerSecond: this.#bitsPerSecond };
  }

  /**
   * The channel that an agent's data socket is for; the caller attaches the socket to its path.
   * @throws AppError `CHANNEL_NOT_FOUND`, also for another instance's channel and one that has ended
   */
  join(instanceId: InstanceId, channelId: string): { readonly path: P; joined(): void } {
    const place = this.#place(instanceId, channelId);
    if (!place || place.channel.isEnded) throw new AppError('CHANNEL_NOT_FOUND', 'There is no such channel.');
    return { path: place.channel.path, joined: () => place.channel.agentArrived() };
  }

  /** An agent reports the end of a channel; one that is not known is passed over. */
  report(instanceId: InstanceId, channelId: string, errorCode: string, detail?: string): void {
    const place = this.#place(instanceId, channelId);
    place?.session.report(place.channel, errorCode, detail);
  }

  /**
   * Ends a session if it is here; it has ended when this returns.
   * @returns whether it is, once what became of it is written, or cannot be for {@link RECORD_WAIT_MS}
   */
  async end(id: SessionId, reason: EndReason): Promise<boolean> {
    const session = this.#sessions.get(id);
    session?.end(reason);
    const { journal, clock } = this.#parts;
    await new Promise<void>((resolve) => {
      const timer = clock.after(RECORD_WAIT_MS, resolve);
      void journal
        .settled(id)
        .then(resolve)
        .finally(() => timer.cancel());
    });
    return session !== undefined;
  }

  /** Ends all sessions of an instance. */
  endOfInstance(id: InstanceId, reason: EndReason): void {
    for (const session of this.#sessions.values()) if (session.record.instanceId === id) session.end(reason);
  }

  /** Ends everything, and resolves when the last bytes are delivered and the last record is written: a node that stops. */
  async endAll(reason: EndReason): Promise<void> {
    const sessions = [...this.#sessions.values()];
    for (const session of sessions) session.end(reason);
    await Promise.all(sessions.map((session) => session.delivered()));
    await this.#parts.journal.settled();
  }

  /**
   * Looks at what an earlier run of this node has left: sessions that nobody has attached yet wait on,
   * the others were lost with it.
   */
  async recover(region: string): Promise<void> {
    const { sessions, journal, clock, ledger, limits } = this.#parts;
    for (const record of await sessions.listUnended(region)) {
      if (record.state === 'created') {
        this.add(record);
        await ledger.acquire(
          regionScope(record.accountId, region),
          record.id,
          limits.sessionsPerRegion,
          LEASE_TTL_MS,
        );
      } else {
        const state = record.state === 'opening' ? 'aborted' : 'closed';
        journal.note(record.accountId, record.id, { state, endedAtMs: clock.nowMs(), endReason: 'NodeLost' });
      }
    }
  }

  async #find(accountId: AccountId, id: SessionId): Promise<LiveSession<P>> {
    const session = this.#sessions.get(id);
    if (session?.record.accountId === accountId) return session;
    const record = await this.#parts.sessions.find(accountId, id);
    if (!record) throw new AppError('SESSION_NOT_FOUND', 'There is no such session.');
    throw new AppError('SESSION_ENDED', 'The session has ended.');
  }

  /** The instance's slot is taken at the first attach and kept until the session ends, attached or not. */
  #takeInstanceSlot({ id, accountId, instanceId }: SessionRecord): Promise<Result<number, number>> {
    const { ledger, limits } = this.#parts;
    const scope = instanceScope(accountId, instanceId);
    return ledger.acquire(scope, id, limits.sessionsPerInstance, LEASE_TTL_MS);
  }

  #place(instanceId: InstanceId, channelId: string): Place<P> | undefined {
    const place = this.#channels.get(channelId as ChannelId);
    return place?.session.record.instanceId === instanceId ? place : undefined;
  }

  #sweepSoon(): void {
    this.#isSweeping = true;
    this.#parts.clock.after(SWEEP_MS, () => this.#sweep());
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const session of [...this.#sessions.values()]) this.#lookAfter(session, nowMs);
    if (nowMs >= this.#renewAtMs) {
      this.#renewAtMs = nowMs + LEASE_RENEW_MS;
      this.#renewLeases();
    }
    if (this.#sessions.size > 0) this.#sweepSoon();
    else this.#isSweeping = false;
  }

  /** A bug in one session ends that session, and nothing else. */
  #lookAfter(session: LiveSession<P>, nowMs: number): void {
    try {
      session.sweep(nowMs);
    } catch (error) {
      this.#parts.observer.failed(error, session.record);
      session.end('Internal');
    }
  }

  #renewLeases(): void {
    for (const { record, state } of this.#sessions.values())
      if (!isEnded(state))
        for (const scope of scopesOf(record, state !== 'created')) this.#renew(record, scope);
  }

  #renew(record: SessionRecord, scope: QuotaScope): void {
    const { ledger, observer } = this.#parts;
    ledger.renew(scope, record.id, LEASE_TTL_MS).catch((error: unknown) => observer.failed(error, record));
  }

  #release(record: SessionRecord): void {
    const { ledger, observer } = this.#parts;
    for (const scope of scopesOf(record, true))
      ledger.release(scope, record.id).catch((error: unknown) => observer.failed(error, record));
  }
}

function scopesOf(record: SessionRecord, hasAttached: boolean): readonly QuotaScope[] {
  const region = regionScope(record.accountId, record.region);
  return hasAttached ? [region, instanceScope(record.accountId, record.instanceId)] : [region];
}

const refusalText = (limit: number, used: number): string =>
  `SessionCount.ExceedLimit: ${quotaExceeded('connected sessions of the instance', limit, used).message}`;
