import type { Clock, Timer } from '@sallyport/kernel';
import {
  decodeExit,
  decodeTargetError,
  encodeBrowserRate,
  encodeRate,
  encodeStatus,
  type Message,
  MessageType,
  StatusCode,
} from '@sallyport/wire';
import { AgentEnd, type AgentEndOwner, type AgentLayout, type ChannelKind } from './agent-end.js';
import { DELIVERY_MS, HOUSEKEEPING_MS } from './bounds.js';
import type { ByteSocket } from './byte-socket.js';
import type { ClientHint } from './client-dialect.js';
import { ClientEnd, type ClientEndOwner } from './client-end.js';
import { delivered } from './delivery.js';
import { Pump } from './pump.js';
import type { RelayEvents, Side } from './relay-events.js';
import type { SessionShaper } from './shaper.js';

/** What a {@link RelayChannel} is made of. */
export interface RelayChannelOptions {
  /** At most 32 bytes of printable ASCII. */
  readonly channelId: string;
  readonly kind: ChannelKind;
  /** Shared by all channels of the session. */
  readonly shaper: SessionShaper;
  readonly clock: Clock;
  readonly events: RelayEvents;
}

/** How a channel ends. */
export interface FinishOptions {
  /** Tell the client Aborted instead of Closed. */
  readonly aborted?: boolean;
  /** Of the client's close frame; default: that of the rule it broke, else 1000. */
  readonly closeCode?: number;
  /** How long the agent's last output may take to reach the client, default 15 s; not used on an error. */
  readonly deliveryMs?: number;
}

const NOT_PRINTABLE = /[^\x20-\x7e]/g;

/**
 * One channel: a client and an agent, joined by a pump in each direction. It owns their raw sockets from the
 * moment they are attached; whatever they do, no exception leaves it.
 * @see docs/protocol.md "Relay"
 */
export class RelayChannel {
  readonly #options: RelayChannelOptions;
  readonly #client: ClientEnd;
  readonly #agent: AgentEnd;
  readonly #toClient: Pump;
  readonly #toAgent: Pump;
  #housekeeping: Timer | undefined;
  #hasOpened = false;
  #hasExited = false;
  #hasTargetClosed = false;
  #hasFailed = false;
  readonly #stalled = new Set<Side>();
  #isFinishing = false;
  #finished: Promise<void> | undefined;

  constructor(options: RelayChannelOptions) {
    const { channelId, kind, clock, shaper } = options;
    this.#options = options;
    const failed = (error: unknown): void => this.#failed(error);
    this.#client = new ClientEnd({ channelId, clock, owner: this.#clientOwner() });
    this.#agent = new AgentEnd({ channelId, kind, clock, owner: this.#agentOwner() });
    const [client, agent] = [this.#client, this.#agent];
    this.#toClient = new Pump({ source: agent, target: client, bucket: shaper.toClient, clock, failed });
    this.#toAgent = new Pump({ source: client, target: agent, bucket: shaper.toAgent, clock, failed });
  }

  get hasClient(): boolean {
    return this.#client.isAttached;
  }

  get hasAgent(): boolean {
    return this.#agent.isAttached;
  }

  /** Whether the client may leave its socket and come back with another one (1.02 and 1.03). */
  get canClientResume(): boolean {
    return this.#client.canResume;
  }

  /** When payload last came from either end, ms since the epoch; the channel's beginning before that. */
  get lastPayloadAtMs(): number {
    return Math.max(this.#toClient.lastPayloadAtMs, this.#toAgent.lastPayloadAtMs);
  }

  /** Payload bytes handed to the client's socket, or kept for its return. */
  get bytesToClient(): number {
    return this.#toClient.passedBytes;
  }

  /** Payload bytes handed to the agent's socket. */
  get bytesToAgent(): number {
    return this.#toAgent.passedBytes;
  }

  /** Payload and frames kept here now, both directions. */
  get heldBytes(): number {
    return (
      this.#toClient.heldBytes + this.#toAgent.heldBytes + this.#client.heldBytes + this.#agent.heldBytes
    );
  }

  /**
   * Takes the client's socket; a second one replaces the first. The client is told Opening, or Opened and the
   * rate when the agent is there; after a return it first says what it has, and gets the rest.
   */
  attachClient(socket: ByteSocket, hint: ClientHint): void {
    if (this.#isFinishing) {
      socket.destroy();
      return;
    }
    this.#run(() => {
      this.#client.attach(socket, hint);
      this.#keepHouse();
      if (this.#agent.isAttached || this.#hasOpened) this.#join();
      else this.#client.sendStatus(encodeStatus(StatusCode.Opening));
      this.#toClient.advance();
    });
  }

  /** Takes the agent's data socket; a second one (a stock agent dials again when it loses its own) replaces the first. */
  attachAgent(socket: ByteSocket, layout: AgentLayout): void {
    if (this.#isFinishing) {
      socket.destroy();
      return;
    }
    this.#run(() => {
      this.#agent.attach(socket, layout);
      this.#agent.sendRate(this.#options.shaper.bitsPerSecond);
      this.#keepHouse();
      if (this.#client.isAttached && !this.#hasOpened) this.#join();
    });
  }

  /** Limits the whole session to this rate and tells both ends of this channel. */
  setRate(bitsPerSecond: number): void {
    this.#options.shaper.setRate(bitsPerSecond);
    this.#run(() => {
      if (this.#hasOpened) this.#sendRateToClient();
      this.#agent.sendRate(bitsPerSecond);
    });
  }

  /**
   * Delivers what the agent has sent so far at the session's rate, unless something broke; tells the client the
   * reason (Status Closed or Aborted), and closes both sockets. The first call counts.
   * @param reason  for people; what is not printable ASCII, and may come from an agent, becomes `?`
   * @returns when both sockets are closed: at most `deliveryMs` and 2 s later. Never rejects
   */
  finish(reason: string, options: FinishOptions = {}): Promise<void> {
    this.#finished ??= this.#finish(reason, options);
    return this.#finished;
  }

  async #finish(reason: string, options: FinishOptions): Promise<void> {
    this.#isFinishing = true;
    this.#housekeeping?.cancel();
    this.#toAgent.end();
    this.#run(() => this.#client.release());
    if (this.#deservesDelivery(options)) await this.#deliver(options.deliveryMs ?? DELIVERY_MS);
    this.#toClient.end();
    const status = options.aborted ? StatusCode.Aborted : StatusCode.Closed;
    this.#run(() => this.#client.sendStatus(encodeStatus(status, reason.replace(NOT_PRINTABLE, '?'))));
    const clientCode = options.closeCode ?? this.#client.violationCode ?? 1000;
    await Promise.all([this.#client.close(clientCode), this.#agent.close(this.#agent.violationCode ?? 1000)]);
  }

  #deservesDelivery({ aborted, closeCode = 1000 }: FinishOptions): boolean {
    const isBroken = this.#hasFailed || this.#stalled.size > 0 || this.#client.violationCode !== undefined;
    return !aborted && closeCode === 1000 && !isBroken;
  }

  #deliver(withinMs: number): Promise<void> {
    const hasAll = (quietSinceMs: number): boolean =>
      this.#hasExited || !this.#agent.isAttached || this.#agent.lastHeardMs <= quietSinceMs;
    return delivered({
      clock: this.#options.clock,
      withinMs,
      isPossible: () => this.#client.isAttached && !this.#hasFailed,
      isDone: (quietSinceMs) =>
        this.#toClient.heldBytes === 0 && this.#client.isCaughtUp && hasAll(quietSinceMs),
    });
  }

  #clientOwner(): ClientEndOwner {
    return {
      input: (payload) => {
        if (!this.#isFinishing) this.#toAgent.offer(payload);
      },
      heartBeat: () => this.#agent.heartBeat(),
      resize: (payload) => this.#agent.resize(payload),
      clientHasRoom: () => this.#toClient.advance(),
      clientGone: (how) => {
        this.#tell((events) => events.clientGone(how));
        // What waits for the client may be kept for its return.
        this.#toClient.advance();
      },
      clientViolated: (code, reason) => this.#tell((events) => events.violated('client', code, reason)),
      failed: (error) => this.#failed(error),
    };
  }

  #agentOwner(): AgentEndOwner {
    return {
      output: (payload) => this.#toClient.offer(payload),
      ownMessage: (message) => this.#ownMessage(message),
      agentHasRoom: () => this.#toAgent.advance(),
      agentGone: () => this.#tell((events) => events.agentGone()),
      agentViolated: (code, reason) => this.#tell((events) => events.violated('agent', code, reason)),
      failed: (error) => this.#failed(error),
    };
  }

  /** Messages that only own agents send; the end of something counts once. */
  #ownMessage(message: Message): boolean {
    switch (message.type) {
      case MessageType.Ready:
        this.#client.forward(MessageType.Ready, message.payload);
        return true;
      case MessageType.Exit:
        return this.#exited(message.payload);
      case MessageType.TargetClosed:
        this.#targetClosed(message.payload);
        return true;
      case MessageType.TargetError:
        this.#targetFailed(message.payload);
        return true;
      default:
        return false;
    }
  }

  #exited(payload: Uint8Array): boolean {
    const exit = decodeExit(payload);
    if (exit === undefined) return false;
    if (this.#hasExited) return true;
    this.#hasExited = true;
    this.#client.forward(MessageType.Exit, payload);
    this.#tell((events) => events.exited(exit));
    return true;
  }

  #targetClosed(payload: Uint8Array): void {
    if (this.#hasTargetClosed) return;
    this.#hasTargetClosed = true;
    if (this.#client.dialect === 'own-1.03') this.#client.forward(MessageType.TargetClosed, payload);
    else this.#tell((events) => events.targetClosed());
  }

  #targetFailed(payload: Uint8Array): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    this.#client.forward(MessageType.TargetError, payload);
    this.#tell((events) => events.targetFailed(decodeTargetError(payload)));
  }

  #join(): void {
    this.#client.sendStatus(encodeStatus(StatusCode.Opened));
    this.#sendRateToClient();
    if (this.#hasOpened) return;
    this.#hasOpened = true;
    this.#tell((events) => events.opened());
  }

  /** The browser client reads the rate as text and would choke on most rates; the CLI paces itself by it. */
  #sendRateToClient(): void {
    const { bitsPerSecond } = this.#options.shaper;
    const { dialect } = this.#client;
    const isBrowser = dialect === 'client-1.02' || dialect === 'unknown';
    this.#client.sendStatus(isBrowser ? encodeBrowserRate(bitsPerSecond) : encodeRate(bitsPerSecond));
  }

  #keepHouse(): void {
    this.#housekeeping ??= this.#options.clock.after(HOUSEKEEPING_MS, () => {
      this.#housekeeping = undefined;
      this.#run(() => this.#checkEnds(this.#options.clock.nowMs()));
      if (!this.#isFinishing) this.#keepHouse();
    });
  }

  #checkEnds(nowMs: number): void {
    if (this.#client.isStalled(nowMs)) this.#stall('client');
    if (this.#agent.isStalled(nowMs)) this.#stall('agent');
  }

  #stall(side: Side): void {
    if (this.#stalled.has(side)) return;
    this.#stalled.add(side);
    this.#tell((events) => events.stalled(side));
  }

  /** A session that has decided to end the channel hears nothing more of it. */
  #tell(say: (events: RelayEvents) => void): void {
    if (!this.#isFinishing) say(this.#options.events);
  }

  #run(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#client.stopReading();
    this.#agent.stopReading();
    try {
      this.#options.events.failed(error);
    } catch {
      // The session failed at hearing of a failure: there is nobody left to tell.
    }
  }
}
