import type { ChannelId, Clock, Timer } from '@sallyport/kernel';
import type { AgentKick } from '@sallyport/fleet';
import type { AgentVerdict } from './agent-verdict.js';
import type { ChannelPath } from './data-path.port.js';
import {
  AFTER_REPORT_MS,
  AGENT_RETURN_MS,
  HAND_OUT_AGAIN_MS,
  KICK_REPEAT_MAX_MS,
  KICK_REPEAT_MS,
  OPENING_TIMEOUT_MS,
} from './session-limits.js';
import type { EndReason } from './session.machine.js';

/** What a channel needs of its surroundings. */
export interface ChannelParts<P extends ChannelPath> {
  readonly id: ChannelId;
  readonly path: P;
  readonly clock: Clock;
  /** Sends a kick to the instance's agent, whichever node holds its control socket. */
  kick(kick: AgentKick): void;
}

/** One shell or one TCP connection: wakes the agent, and knows when an end has been away for too long. */
export class Channel<P extends ChannelPath> {
  readonly id: ChannelId;
  readonly path: P;
  readonly #parts: ChannelParts<P>;
  readonly #createdAtMs: number;
  #kickTimer: Timer | undefined;
  #handedOutAtMs: number | undefined;
  #clientLostAtMs: number | undefined;
  #agentLostAtMs: number | undefined;
  #verdict: { readonly verdict: AgentVerdict; readonly atMs: number } | undefined;
  #hasHadAgent = false;
  #isEnded = false;
  #ending: Promise<void> = Promise.resolve();

  constructor(parts: ChannelParts<P>) {
    this.#parts = parts;
    this.id = parts.id;
    this.path = parts.path;
    this.#createdAtMs = parts.clock.nowMs();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Once the channel has ended: resolves when its last bytes are delivered and both sockets closed. */
  get ending(): Promise<void> {
    return this.#ending;
  }

  /** Calls the agent, again and again until its data socket is there: a kick is only a hint and may be lost. */
  wake(delayMs = KICK_REPEAT_MS): void {
    if (this.#isEnded || this.path.hasAgent) return;
    if (!this.#isHandedOut()) this.#parts.kick({ kind: 'session', action: 'start', channelId: this.id });
    this.#kickTimer?.cancel();
    this.#kickTimer = this.#parts.clock.after(delayMs, () =>
      this.wake(Math.min(2 * delayMs, KICK_REPEAT_MAX_MS)),
    );
  }

  /**
   * Gives the channel to a fetching agent, once; again only when nothing came of it. Not once its data socket has been
   * there: an agent that lost it dials again, and one that begins anew would start a second shell.
   */
  handOut(): boolean {
    if (this.#isEnded || this.#hasHadAgent || this.#verdict || this.#isHandedOut()) return false;
    this.#handedOutAtMs = this.#parts.clock.nowMs();
    return true;
  }

  /** The agent's data socket has been attached. */
  agentArrived(): void {
    this.#hasHadAgent = true;
    this.#agentLostAtMs = undefined;
    this.#kickTimer?.cancel();
  }

  /** @returns how the channel ends when the agent has already said so */
  agentLeft(): AgentVerdict | undefined {
    this.#agentLostAtMs = this.#parts.clock.nowMs();
    return this.#verdict?.verdict;
  }

  clientLost(): void {
    this.#clientLostAtMs = this.#parts.clock.nowMs();
  }

  clientReturned(): void {
    this.#clientLostAtMs = undefined;
  }

  /** The agent reports the end. What it sent before may still be on its way over the data socket, if that is open. */
  report(verdict: AgentVerdict): { readonly endsNow: boolean } {
    this.#verdict ??= { verdict, atMs: this.#parts.clock.nowMs() };
    return { endsNow: !this.path.hasAgent };
  }

  /** Why the channel must end at `nowMs` for lack of somebody, or undefined while all is well. */
  overdue(nowMs: number, resumeMs: number): AgentVerdict | EndReason | undefined {
    const isOver = (sinceMs: number | undefined, limitMs: number): boolean =>
      sinceMs !== undefined && nowMs - sinceMs >= limitMs;
    if (this.#verdict && isOver(this.#verdict.atMs, AFTER_REPORT_MS)) return this.#verdict.verdict;
    if (!this.#hasHadAgent && isOver(this.#createdAtMs, OPENING_TIMEOUT_MS)) return 'AgentTimeout';
    if (isOver(this.#agentLostAtMs, AGENT_RETURN_MS)) return 'AgentTimeout';
    if (isOver(this.#clientLostAtMs, resumeMs)) return 'ClientClosed';
    return undefined;
  }

  /**
   * Ends the channel: no fetch and no data socket is taken any more. Idempotent.
   * @param agentKnows  the agent has ended the channel itself and needs no stop
   * @returns as {@link ending}
   */
  end(status: string, agentKnows: boolean, closeCode?: number): Promise<void> {
    if (this.#isEnded) return this.#ending;
    this.#isEnded = true;
    this.#kickTimer?.cancel();
    if (!agentKnows && this.#handedOutAtMs !== undefined)
      this.#parts.kick({ kind: 'session', action: 'stop', channelId: this.id });
    this.#ending = this.path.finish(status, closeCode === undefined ? {} : { closeCode });
    return this.#ending;
  }

  #isHandedOut(): boolean {
    const atMs = this.#handedOutAtMs;
    return atMs !== undefined && this.#parts.clock.nowMs() - atMs < HAND_OUT_AGAIN_MS;
  }
}
