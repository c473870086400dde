import type { Clock, Timer } from '@sallyport/kernel';
import {
  decodeResize,
  encodeAgent,
  encodeOwn,
  encodeRate,
  encodeResizeBinary,
  encodeResizeJson,
  type Message,
  MessageType,
  type TerminalSize,
} from '@sallyport/wire';
import { KEEP_ALIVE_MS, MAX_EARLY_INPUT_BYTES, READY_AFTER_MS } from './bounds.js';
import type { ByteSocket } from './byte-socket.js';
import { FramedSocket, type FramedSocketOwner } from './framed-socket.js';
import type { PumpSource, PumpTarget } from './pump.js';
import type { ViolationCode } from './relay-events.js';
import { receive } from './session-frame.js';

/** Layouts an agent may speak. */
export type AgentLayout = 'agent-1.01' | 'own-1.03';

/** What a channel is for: a shell, or one TCP connection. */
export type ChannelKind = 'shell' | 'port';

/** What the channel hears of its agent. */
export interface AgentEndOwner {
  output(payload: Uint8Array): void;
  /** Own agents: any message but Output. @returns false when its payload is none */
  ownMessage(message: Message): boolean;
  /** Input may be taken again. */
  agentHasRoom(): void;
  agentGone(): void;
  agentViolated(code: ViolationCode, reason: string): void;
  failed(error: unknown): void;
}

/** What an {@link AgentEnd} is made of. */
export interface AgentEndParts {
  readonly channelId: string;
  readonly kind: ChannelKind;
  readonly clock: Clock;
  readonly owner: AgentEndOwner;
}

const EMPTY = new Uint8Array(0);
const FIRST_OWN_TYPE = MessageType.Ready;

/** The agent's end of a channel: its layout, its present socket, and whether shell or target are there. */
export class AgentEnd implements PumpSource, PumpTarget {
  readonly #parts: AgentEndParts;
  #socket: FramedSocket | undefined;
  #layout: AgentLayout = 'agent-1.01';
  #isReady = false;
  #isHeld = false;
  #readyTimer: Timer | undefined;
  /** The last size that could not be sent. */
  #owedSize: TerminalSize | undefined;
  #sequence = 0;
  #position = 0;
  #lastSentMs: number;
  #lastHeardMs: number;
  #violationCode: ViolationCode | undefined;

  constructor(parts: AgentEndParts) {
    this.#parts = parts;
    this.#lastSentMs = this.#lastHeardMs = parts.clock.nowMs();
  }

  get isAttached(): boolean {
    return this.#socket !== undefined;
  }

  /** Code of the rule that the agent broke. */
  get violationCode(): ViolationCode | undefined {
    return this.#violationCode;
  }

  get heldBytes(): number {
    return this.#socket?.heldBytes ?? 0;
  }

  /** When the agent last sent a message. */
  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  get hasRoom(): boolean {
    return this.#socket !== undefined && this.#isReady && !this.#socket.isWaiting;
  }

  get patienceBytes(): number {
    return this.#socket !== undefined && this.#isReady ? 0 : MAX_EARLY_INPUT_BYTES;
  }

  /** Takes a socket, in place of the one there may be. A channel that was ready stays so. */
  attach(socket: ByteSocket, layout: AgentLayout): void {
    this.#socket?.retire();
    this.#layout = layout;
    this.#violationCode = undefined;
    this.#lastHeardMs = this.#parts.clock.nowMs();
    const framed = new FramedSocket(socket, this.#parts.clock, this.#socketOwner());
    this.#socket = framed;
    if (this.#isHeld) framed.hold();
    this.#readyTimer?.cancel();
    if (layout === 'agent-1.01' && !this.#isReady)
      this.#readyTimer = this.#parts.clock.after(READY_AFTER_MS, () => this.#readyByTime());
    if (this.#isReady) this.#hasTaken();
  }

  /** Sends a piece of input. */
  take(payload: Uint8Array): void {
    this.#send(MessageType.Input, payload);
    this.#position += payload.length;
  }

  /** Passes an empty Input on, where it keeps something alive and nothing waits before it. */
  heartBeat(): void {
    if (this.#isStockShell && this.hasRoom) this.#send(MessageType.Input, EMPTY);
  }

  /** Sends a new size, in the agent's form, now or when there is room. What is no size is not for shells. */
  resize(payload: Uint8Array): void {
    // A stock port agent dials its target again for any message.
    if (this.#parts.kind === 'port') return;
    this.#owedSize = decodeResize(payload) ?? this.#owedSize;
    this.#paySize();
  }

  /** Tells a stock agent the rate at which to send. Own agents are paced by the relay alone. */
  sendRate(bitsPerSecond: number): void {
    if (this.#socket !== undefined && this.#layout === 'agent-1.01')
      this.#send(MessageType.Status, encodeRate(bitsPerSecond));
  }

  hold(): void {
    this.#isHeld = true;
    this.#socket?.hold();
  }

  release(): void {
    this.#isHeld = false;
    this.#socket?.release();
  }

  /** Reads nothing more from this socket. */
  stopReading(): void {
    this.#socket?.stopReading();
  }

  /** Pings, keeps alive and watches the socket. @returns whether the agent takes nothing */
  isStalled(nowMs: number): boolean {
    const health = this.#socket?.check(nowMs);
    if (health === 'silent') {
      this.#socket?.destroy();
      this.#gone();
    } else if (nowMs - this.#lastSentMs >= KEEP_ALIVE_MS) this.heartBeat();
    return health === 'stalled';
  }

  /** Closes the socket with a handshake. @returns when it is closed, in bounded time */
  async close(code: number): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#readyTimer?.cancel();
    if (socket === undefined) return;
    socket.close(code);
    await new Promise<void>((resolve) => socket.whenClosed(resolve));
  }

  get #isStockShell(): boolean {
    return this.#layout === 'agent-1.01' && this.#parts.kind === 'shell';
  }

  #socketOwner(): FramedSocketOwner {
    return {
      message: (frame) => this.#message(frame),
      drained: () => this.#hasTaken(),
      gone: () => this.#gone(),
      violated: (code, reason) => this.#violated(code, reason),
      failed: (error) => this.#parts.owner.failed(error),
    };
  }

  #send(type: number, payload: Uint8Array): void {
    const { channelId, clock } = this.#parts;
    const createdMs = clock.nowMs();
    this.#lastSentMs = createdMs;
    this.#socket?.send(
      this.#layout === 'own-1.03'
        ? encodeOwn({ type, position: this.#position, payload })
        : encodeAgent({ type, channelId, createdMs, sequence: this.#sequence++, payload }),
    );
  }

  #paySize(): void {
    const size = this.#owedSize;
    if (size === undefined || !this.hasRoom) return;
    this.#owedSize = undefined;
    this.#send(
      MessageType.Resize,
      this.#layout === 'own-1.03' ? encodeResizeBinary(size) : encodeResizeJson(size),
    );
  }

  /** The size goes first: what is typed after it may ask for it. */
  #hasTaken(): void {
    this.#paySize();
    if (this.hasRoom) this.#parts.owner.agentHasRoom();
  }

  #readyByTime(): void {
    try {
      this.#ready();
    } catch (error) {
      this.#parts.owner.failed(error);
    }
  }

  #ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#readyTimer?.cancel();
    this.#hasTaken();
  }

  #message(frame: Uint8Array): void {
    this.#lastHeardMs = this.#parts.clock.nowMs();
    const received = receive(this.#layout, frame, this.#parts.channelId);
    if (received.ok) this.#accept(received.value);
    else this.#violated(received.code, received.reason);
  }

  #accept(message: Message): void {
    if (message.type === MessageType.Output) this.#output(message.payload);
    else if (message.type < FIRST_OWN_TYPE || !this.#parts.owner.ownMessage(message))
      this.#violated(1002, 'agents send no such message');
    else if (message.type === MessageType.Ready) this.#ready();
  }

  #output(payload: Uint8Array): void {
    if (this.#layout === 'agent-1.01') this.#ready();
    this.#parts.owner.output(payload);
  }

  #violated(code: ViolationCode, reason: string): void {
    this.#violationCode = code;
    this.#socket?.stopReading();
    this.#parts.owner.agentViolated(code, reason);
  }

  #gone(): void {
    this.#socket = undefined;
    this.#readyTimer?.cancel();
    this.#parts.owner.agentGone();
  }
}
