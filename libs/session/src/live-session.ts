import { AppError, newChannelId, type ChannelId, type Clock } from '@sallyport/kernel';
import type { AgentDirectory } from '@sallyport/fleet';
import { agentVerdict, type AgentVerdict } from './agent-verdict.js';
import { Channel } from './channel.js';
import type { ChannelEvents, ChannelPath, SessionPath } from './data-path.port.js';
import { MAX_CHANNELS, type SessionTimes } from './session-limits.js';
import type { SessionChange, SessionRecord } from './session-store.port.js';
import {
  isEnded,
  nextState,
  statusReason,
  type EndReason,
  type SessionEvent,
  type SessionState,
} from './session.machine.js';

/** What a live session needs of its surroundings. */
export interface LiveSessionParts<P extends ChannelPath> {
  readonly record: SessionRecord;
  readonly path: SessionPath<P>;
  readonly directory: AgentDirectory;
  readonly clock: Clock;
  readonly times: SessionTimes;
  /** Writes a change of the record. */
  note(change: SessionChange): void;
  /** Told about each channel that begins and ends, so that agents' requests find it. */
  channelBegan(channel: Channel<P>): void;
  channelEnded(channel: Channel<P>): void;
  /** Told once, when nothing can happen any more; channels may still be delivering their last bytes. */
  ended(reason: EndReason, totals: SessionTotals): void;
  readonly failed: (error: unknown) => void;
}

/** What went through a session. */
export interface SessionTotals {
  readonly bytesToClient: number;
  readonly bytesToAgent: number;
  readonly durationMs: number;
}

/** A channel for a client that is about to attach its socket. */
export interface Attachment<P extends ChannelPath> {
  readonly channelId: ChannelId;
  readonly path: P;
  /** To be called once the socket is attached to `path`. */
  joined(): void;
  /** To be called instead when the client has gone away in the meantime. */
  abandoned(): void;
}

/** How a channel ends: a reason of the session, or the agent's own words. */
type Ending = EndReason | AgentVerdict;

const reasonOf = (ending: Ending): EndReason => (typeof ending === 'string' ? ending : ending.reason);
const statusOf = (ending: Ending): string =>
  typeof ending === 'string' ? statusReason(ending) : ending.status;
/** Endings that come from the agent, which therefore needs no stop. */
const isFromAgent = (ending: Ending): boolean => typeof ending !== 'string' || ending === 'AgentExited';

const MAX_DETAIL_LENGTH = 256;

/** Words of an agent or a client as a record takes them: PostgreSQL refuses some characters, and would do so for ever. */
const detailOf = (text: string): string => text.slice(0, MAX_DETAIL_LENGTH).replace(/[\p{Cc}\p{Cs}]/gu, '?');

/** A session on the node that owns it: its state, its channels, and the one place that decides why it ends. */
export class LiveSession<P extends ChannelPath> {
  readonly record: SessionRecord;
  readonly #parts: LiveSessionParts<P>;
  readonly #channels = new Map<ChannelId, Channel<P>>();
  #state: SessionState;
  #openedAtMs: number | undefined;
  /** When payload last moved on a channel that has ended, or a detached client came back. */
  #quietSinceMs: number;
  #bytesToClient = 0;
  #bytesToAgent = 0;
  #detail: string | undefined;
  #endReason: EndReason | undefined;

  constructor(parts: LiveSessionParts<P>) {
    this.#parts = parts;
    this.record = parts.record;
    this.#state = parts.record.state;
    this.#quietSinceMs = parts.clock.nowMs();
  }

  get state(): SessionState {
    return this.#state;
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  get #isShell(): boolean {
    return this.record.portNumber === undefined;
  }

  /**
   * Prepares a channel for a client: a new one, or with `channelId` the one it had.
   * @throws AppError as {@link assertAttachable}
   */
  attach(channelId: string | undefined): Attachment<P> {
    this.assertAttachable(channelId);
    const channel = this.#channels.get(channelId as ChannelId);
    return channel ? this.#resume(channel) : this.#begin();
  }

  /**
   * @throws AppError `SESSION_ENDED`, `TICKET_EXPIRED` (first use came too late), `CHANNEL_NOT_FOUND`,
   *   `SESSION_STATE_CONFLICT` (a shell has one channel), `RATE_LIMITED` (too many channels)
   */
  assertAttachable(channelId: string | undefined): void {
    if (isEnded(this.#state)) throw new AppError('SESSION_ENDED', 'The session has ended.');
    if (this.#state === 'created' && this.#parts.clock.nowMs() >= this.record.urlExpiresAtMs)
      throw new AppError('TICKET_EXPIRED', 'The session was not attached in time.');
    if (channelId === undefined) this.#assertRoom();
    else if (this.#channels.get(channelId as ChannelId)?.isEnded !== false)
      throw new AppError('CHANNEL_NOT_FOUND', 'The session has no such channel.');
  }

  /** A channel that only tells the client why it is refused (status Aborted); the session stays as it is. */
  refuse(reason: string): Attachment<P> {
    const channelId = newChannelId();
    const path = this.#parts.path.openChannel(channelId, 'shell', NO_EVENTS);
    const finish = (): void => void path.finish(reason, { aborted: true }).catch(this.#parts.failed);
    return { channelId, path, joined: finish, abandoned: finish };
  }

  /** The agent reports how a channel ended. */
  report(channel: Channel<P>, errorCode: string, detail: string | undefined): void {
    const verdict = agentVerdict(errorCode);
    this.#detail = detail ?? this.#detail;
    if (channel.report(verdict).endsNow) this.#endChannel(channel, verdict);
  }

  /** Looks after everything that depends on time; called about once a second. */
  sweep(nowMs: number): void {
    for (const channel of [...this.#channels.values()]) {
      const ending = channel.overdue(nowMs, this.#parts.times.resumeMs);
      if (ending !== undefined) this.#endChannel(channel, ending);
    }
    const reason = isEnded(this.#state) ? undefined : this.#overdue(nowMs);
    if (reason) this.end(reason);
  }

  /** Ends the session with all its channels. Idempotent: the first reason counts. */
  end(reason: EndReason, closeCode?: number): void {
    if (isEnded(this.#state)) return;
    this.#finish(reason);
    for (const channel of this.#channels.values()) this.#close(channel, reason, closeCode);
  }

  /** After the end: resolves when the last bytes are delivered, in bounded time; never rejects. */
  async delivered(): Promise<void> {
    await Promise.allSettled([...this.#channels.values()].map(({ ending }) => ending));
  }

  #overdue(nowMs: number): EndReason | undefined {
    const { urlExpiresAtMs, createdAtMs } = this.record;
    const { idleTimeoutMs, maxMs } = this.#parts.times;
    if (this.#state === 'created') return nowMs >= urlExpiresAtMs ? 'UrlExpired' : undefined;
    if (nowMs - (this.#openedAtMs ?? createdAtMs) >= maxMs) return 'MaxDuration';
    const mayIdle = this.#state === 'detached' || (this.#state === 'opening' && this.#channels.size > 0);
    return !mayIdle && nowMs - this.#lastPayloadAtMs() >= idleTimeoutMs ? 'IdleTimeout' : undefined;
  }

  #lastPayloadAtMs(): number {
    let last = Math.max(this.#quietSinceMs, this.#openedAtMs ?? 0);
    for (const { path } of this.#channels.values()) last = Math.max(last, path.lastPayloadAtMs);
    return last;
  }

  #openChannel(): Channel<P> {
    const { path, clock, directory, failed } = this.#parts;
    const id = newChannelId();
    const channel: Channel<P> = new Channel<P>({
      id,
      path: path.openChannel(
        id,
        this.#isShell ? 'shell' : 'port',
        this.#eventsOf(() => channel),
      ),
      clock,
      kick: (kick) => void directory.kick(this.record.instanceId, kick).catch(failed),
    });
    this.#channels.set(id, channel);
    this.#parts.channelBegan(channel);
    return channel;
  }

  #assertRoom(): void {
    if (this.#isShell && this.#channels.size > 0)
      throw new AppError('SESSION_STATE_CONFLICT', 'The session is attached already.');
    if (this.#channels.size >= MAX_CHANNELS)
      throw new AppError('RATE_LIMITED', `A session has at most ${MAX_CHANNELS} channels at once.`, {
        retryable: true,
      });
  }

  #begin(): Attachment<P> {
    const channel = this.#openChannel();
    if (this.#state === 'created') this.#advance('attach');
    return {
      channelId: channel.id,
      path: channel.path,
      joined: () => channel.wake(),
      abandoned: () => this.#endChannel(channel, 'ClientClosed'),
    };
  }

  #resume(channel: Channel<P>): Attachment<P> {
    const joined = (): void => {
      channel.clientReturned();
      if (this.#state !== 'detached') return;
      // The time away was not idle: the client could send nothing.
      this.#quietSinceMs = this.#parts.clock.nowMs();
      this.#advance('resume');
    };
    return { channelId: channel.id, path: channel.path, joined, abandoned: () => undefined };
  }

  #eventsOf(channel: () => Channel<P>): ChannelEvents {
    return {
      opened: () => this.#opened(),
      clientGone: (how) => this.#clientGone(channel(), how),
      agentGone: () => {
        const verdict = channel().agentLeft();
        if (verdict) this.#endChannel(channel(), verdict);
      },
      exited: () => this.#endChannel(channel(), 'AgentExited'),
      targetClosed: () => this.#endChannel(channel(), 'AgentExited'),
      targetFailed: (reason) => {
        this.#detail = reason;
        this.#endChannel(channel(), { reason: 'TargetUnreachable', status: `TargetUnreachable: ${reason}` });
      },
      violated: (side, closeCode, reason) => {
        this.#detail = `${side}: ${reason}`;
        this.end('ProtocolError', closeCode);
      },
      stalled: (side) => {
        this.#detail = `${side} accepted nothing`;
        this.#endChannel(channel(), 'SlowConsumer');
      },
      failed: (error) => {
        this.#parts.failed(error);
        this.end('Internal');
      },
    };
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#openedAtMs = this.#parts.clock.nowMs();
    this.#advance('pair', { openedAtMs: this.#openedAtMs });
  }

  #clientGone(channel: Channel<P>, how: 'closed' | 'lost'): void {
    if (how === 'closed' || !channel.path.canClientResume) {
      this.#endChannel(channel, 'ClientClosed');
      return;
    }
    channel.clientLost();
    if (this.#isShell && this.#state === 'open') this.#advance('detach');
  }

  /** A shell session ends with its channel; a port session goes on without it. */
  #endChannel(channel: Channel<P>, ending: Ending): void {
    if (channel.isEnded) return;
    if (this.#isShell && !isEnded(this.#state)) this.#finish(reasonOf(ending));
    this.#close(channel, ending);
  }

  #close(channel: Channel<P>, ending: Ending, closeCode?: number): void {
    channel
      .end(statusOf(ending), isFromAgent(ending), closeCode)
      .finally(() => this.#forget(channel))
      .catch(this.#parts.failed);
  }

  #forget(channel: Channel<P>): void {
    if (!this.#channels.delete(channel.id)) return;
    this.#quietSinceMs = Math.max(this.#quietSinceMs, channel.path.lastPayloadAtMs);
    this.#bytesToClient += channel.path.bytesToClient;
    this.#bytesToAgent += channel.path.bytesToAgent;
    this.#parts.channelEnded(channel);
    if (isEnded(this.#state) && this.#channels.size === 0) this.#reportEnd();
  }

  #finish(reason: EndReason): void {
    const endedAtMs = this.#parts.clock.nowMs();
    this.#endReason = reason;
    this.#advance('end', {
      endedAtMs,
      endReason: reason,
      failedDetail: this.#detail === undefined ? undefined : detailOf(this.#detail),
    });
    if (this.#channels.size === 0) this.#reportEnd();
  }

  #reportEnd(): void {
    const durationMs = this.#parts.clock.nowMs() - this.record.createdAtMs;
    this.#parts.ended(this.#endReason ?? 'Internal', {
      bytesToClient: this.#bytesToClient,
      bytesToAgent: this.#bytesToAgent,
      durationMs,
    });
  }

  #advance(event: SessionEvent, change: SessionChange = {}): void {
    const state = nextState(this.#state, event);
    if (!state)
      throw new AppError('SESSION_STATE_CONFLICT', `A session that is ${this.#state} cannot ${event}.`);
    this.#state = state;
    this.#parts.note({ ...change, state });
  }
}

/** For channels that exist only to say no. */
const NO_EVENTS: ChannelEvents = {
  opened: () => undefined,
  clientGone: () => undefined,
  agentGone: () => undefined,
  exited: () => undefined,
  targetClosed: () => undefined,
  targetFailed: () => undefined,
  violated: () => undefined,
  stalled: () => undefined,
  failed: () => undefined,
};
