import type { Clock } from '@sallyport/kernel';
import { detectClientLayout, type Message, MessageType } from '@sallyport/wire';
import type { ByteSocket } from './byte-socket.js';
import { canResume, type ClientDialect, type ClientHint, encodeForClient } from './client-dialect.js';
import { FramedSocket, type FramedSocketOwner } from './framed-socket.js';
import type { PumpSource, PumpTarget } from './pump.js';
import type { ViolationCode } from './relay-events.js';
import { type ReplayEntry, ReplayLog } from './replay-log.js';
import { receive, type Received, refused } from './session-frame.js';

/** What the channel hears of its client. */
export interface ClientEndOwner {
  input(payload: Uint8Array): void;
  /** An empty Input. */
  heartBeat(): void;
  resize(payload: Uint8Array): void;
  /** Output may be taken again. */
  clientHasRoom(): void;
  clientGone(how: 'closed' | 'lost'): void;
  clientViolated(code: ViolationCode, reason: string): void;
  failed(error: unknown): void;
}

/** What a {@link ClientEnd} is made of. */
export interface ClientEndParts {
  readonly channelId: string;
  readonly clock: Clock;
  readonly owner: ClientEndOwner;
}

const GOING = new Set([1000, 1001]);

/** The client's end of a channel: its layout, its present socket, and what it may ask for again. */
export class ClientEnd implements PumpSource, PumpTarget {
  readonly #parts: ClientEndParts;
  readonly #log = new ReplayLog();
  #socket: FramedSocket | undefined;
  #dialect: ClientDialect = 'unknown';
  #wasAttached = false;
  #isHeld = false;
  /** After its return, a client says first what it has; nothing is sent before that. */
  #awaitsSync = false;
  /** The client has said that it is done; nothing it still sends matters. */
  #hasLeft = false;
  #inputSeq = 0;
  #violationCode: ViolationCode | undefined;

  constructor(parts: ClientEndParts) {
    this.#parts = parts;
  }

  get isAttached(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether a client that has been here may come back. */
  get canResume(): boolean {
    return this.#wasAttached && !this.#hasLeft && canResume(this.#dialect);
  }

  get dialect(): ClientDialect {
    return this.#dialect;
  }

  /** Code of the rule that the client broke. */
  get violationCode(): ViolationCode | undefined {
    return this.#violationCode;
  }

  get heldBytes(): number {
    return this.#log.heldBytes + (this.#socket?.heldBytes ?? 0);
  }

  /** Whether all output has been written and taken. */
  get isCaughtUp(): boolean {
    return this.#socket !== undefined && !this.#socket.isWaiting && this.#log.unwritten === undefined;
  }

  /** While the client is away its output is kept, up to a bound; a client that never came gets no room. */
  get hasRoom(): boolean {
    if (this.#socket === undefined) return this.canResume && this.#log.hasRoom;
    return !this.#awaitsSync && this.isCaughtUp;
  }

  readonly patienceBytes = 0;

  /** Takes a socket, in place of the one there may be, which is closed in good order. */
  attach(socket: ByteSocket, hint: ClientHint): void {
    const isReturn = this.canResume;
    this.#socket?.retire();
    if (hint !== 'unknown' || !isReturn) this.#speak(hint);
    this.#awaitsSync = isReturn && canResume(this.#dialect);
    this.#wasAttached = true;
    this.#hasLeft = false;
    this.#violationCode = undefined;
    const framed = new FramedSocket(socket, this.#parts.clock, this.#socketOwner());
    this.#socket = framed;
    if (this.#isHeld) framed.hold();
  }

  /** Sends a piece of output, or keeps it for the client's return. */
  take(payload: Uint8Array): void {
    this.#give(MessageType.Output, payload);
  }

  /** Sends a message of own agents, after all output so far, to a client that knows it. */
  forward(type: number, payload: Uint8Array): void {
    if (this.#dialect === 'own-1.03') this.#give(type, payload);
  }

  /** Sends a Status at once. */
  sendStatus(payload: Uint8Array): void {
    const { lastSeq, position } = this.#log;
    if (this.#socket !== undefined)
      this.#send(this.#socket, { type: MessageType.Status, seq: lastSeq, position, payload });
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

  /** Pings and watches the socket. @returns whether the client takes nothing */
  isStalled(nowMs: number): boolean {
    const health = this.#socket?.check(nowMs);
    if (health === 'silent') {
      this.#socket?.destroy();
      this.#gone(undefined);
    }
    return health === 'stalled';
  }

  /** Closes the socket with a handshake. @returns when it is closed, in bounded time */
  async close(code: number): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#hasLeft = true;
    this.#log.clear();
    if (socket === undefined) return;
    socket.close(code);
    await new Promise<void>((resolve) => socket.whenClosed(resolve));
  }

  #socketOwner(): FramedSocketOwner {
    return {
      message: (frame) => this.#message(frame),
      drained: () => this.#hasTaken(),
      gone: (closeCode) => this.#gone(closeCode),
      violated: (code, reason) => this.#violated(code, reason),
      failed: (error) => this.#parts.owner.failed(error),
    };
  }

  #speak(dialect: ClientDialect): void {
    this.#dialect = dialect;
    this.#log.countIn(dialect === 'own-1.03' ? 'bytes' : 'messages');
    if (!canResume(dialect)) this.#log.clear();
  }

  #give(type: number, payload: Uint8Array): void {
    if (canResume(this.#dialect)) {
      this.#giveAndKeep(type, payload);
      return;
    }
    this.#log.skip(payload.length);
    const { lastSeq, position } = this.#log;
    if (this.#socket !== undefined) this.#send(this.#socket, { type, seq: lastSeq, position, payload });
  }

  #giveAndKeep(type: number, payload: Uint8Array): void {
    const entry = this.#log.append(type, payload);
    this.#writeLog();
    if (this.#log.unwritten !== undefined) entry.payload = payload.slice();
  }

  /** Writes what has not been written to this socket, as far as it takes it. */
  #writeLog(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#awaitsSync) return;
    for (let entry = this.#log.unwritten; entry && !socket.isWaiting; entry = this.#log.unwritten) {
      const frame = this.#send(socket, entry);
      this.#log.wrote(frame.subarray(frame.length - entry.payload.length));
    }
  }

  #hasTaken(): void {
    this.#writeLog();
    if (this.hasRoom) this.#parts.owner.clientHasRoom();
  }

  #send(socket: FramedSocket, { type, seq, position, payload }: ReplayEntry): Uint8Array {
    const message = {
      type,
      channelId: this.#parts.channelId,
      createdMs: this.#parts.clock.nowMs(),
      inputSeq: this.#inputSeq,
      outputSeq: seq,
      position,
      payload,
    };
    return socket.send(encodeForClient(this.#dialect, message));
  }

  #message(frame: Uint8Array): void {
    if (this.#hasLeft) return;
    const received = this.#receive(frame);
    if (received.ok) this.#accept(received.value);
    else this.#violated(received.code, received.reason);
  }

  #receive(frame: Uint8Array): Received {
    const layout = this.#dialect === 'unknown' ? detectClientLayout(frame) : this.#dialect;
    if (layout === undefined) return refused('no version of this protocol');
    if (this.#dialect === 'unknown') this.#speak(layout);
    return receive(layout, frame, this.#parts.channelId);
  }

  #accept(message: Message): void {
    this.#acknowledge(message);
    switch (message.type) {
      case MessageType.Input:
        this.#input(message);
        break;
      case MessageType.Resize:
        this.#consumed(message);
        this.#parts.owner.resize(message.payload);
        break;
      case MessageType.Close:
        this.#leave('closed');
        break;
      case MessageType.Open:
      case MessageType.Sync:
        break;
      default:
        this.#violated(1002, 'clients send no message of this type');
    }
  }

  #input(message: Message): void {
    this.#consumed(message);
    if (message.payload.length === 0) this.#parts.owner.heartBeat();
    else this.#parts.owner.input(message.payload);
  }

  #consumed(message: Message): void {
    this.#inputSeq = Math.max(this.#inputSeq, message.inputSeq);
  }

  /** Every 1.02 message says which output arrived; a 1.03 client says it by Sync only. */
  #acknowledge({ type, outputSeq, sequence }: Message): void {
    const isSync = type === MessageType.Sync;
    if (this.#dialect === 'client-1.02') this.#hasUpTo(outputSeq, isSync || this.#awaitsSync);
    else if (this.#dialect === 'own-1.03' && isSync) this.#hasUpTo(sequence, this.#awaitsSync);
    else if (this.#awaitsSync) this.#hasUpTo(0, false);
  }

  #hasUpTo(mark: number, mustReplay: boolean): void {
    if (mustReplay) this.#log.rewind(mark);
    else this.#log.acknowledge(mark);
    if (!mustReplay && !this.#awaitsSync) return;
    this.#awaitsSync = false;
    this.#hasTaken();
  }

  #violated(code: ViolationCode, reason: string): void {
    this.#violationCode = code;
    this.#socket?.stopReading();
    this.#parts.owner.clientViolated(code, reason);
  }

  #gone(closeCode: number | undefined): void {
    this.#socket = undefined;
    if (!this.#hasLeft) this.#leave(closeCode !== undefined && GOING.has(closeCode) ? 'closed' : 'lost');
  }

  #leave(how: 'closed' | 'lost'): void {
    this.#hasLeft = how === 'closed';
    this.#parts.owner.clientGone(how);
  }
}
