import type { Clock, Timer } from '@sallyport/kernel';
import {
  decode,
  decodeExit,
  decodeStatus,
  decodeTargetError,
  encodeOwn,
  encodeResizeBinary,
  MessageType,
  OWN_PROTOCOL_HEADER,
  OWN_PROTOCOL_VERSION,
  StatusCode,
  type Message,
  type PlainStatusCode,
  type TerminalSize,
} from '@sallyport/wire';
import { BackOff } from './back-off.js';
import { InputQueue } from './input-queue.js';
import { finalEnd } from './session-end.js';
import type { SessionEnd, SessionEvents } from './session-events.js';
import type { DialSession, SessionSocket, SocketClosing, UpgradeAnswer } from './session-socket.port.js';

/** Rate assumed until the server tells one: the default limit of a session. */
const INITIAL_BITS_PER_SECOND = 204_800;
const DIAL_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** Neither 1000 nor 1001, which would end the session: this end means to come back. */
const GIVEN_UP_CLOSE_CODE = 4000;
const EMPTY = new Uint8Array(0);

/** What a {@link SessionConnection} is made of. */
export interface SessionConnectionOptions {
  /** `WebSocketUrl` of StartTerminalSession, used as it is. */
  readonly url: string;
  readonly dial: DialSession;
  readonly clock: Clock;
  readonly events: Partial<SessionEvents>;
  /** How long the first connection is tried, default 15 s. */
  readonly connectTimeMs?: number;
  /** How long a lost connection is tried again, default 300 s (the server's `SALLYPORT_SESSION_RESUME_S`). */
  readonly resumeTimeMs?: number;
  /** Default: 200 ms doubling to 5 s. */
  readonly backOff?: BackOff;
}

type Phase = 'idle' | 'dialling' | 'open' | 'waiting' | 'closing' | 'ended';

/**
 * One channel of a session over own protocol 1.03 (docs/protocol.md): dials, paces input, delivers output, and comes back
 * to the same channel with full jitter when the connection is lost.
 */
export class SessionConnection {
  readonly #options: SessionConnectionOptions;
  readonly #events: Partial<SessionEvents>;
  readonly #backOff: BackOff;
  readonly #input: InputQueue;
  #phase: Phase = 'idle';
  #socket: SessionSocket | undefined;
  #timer: Timer | undefined;
  /** Marks the handlers of a socket that was given up, so that nothing it still says is heard. */
  #epoch = 0;
  #channelId: string | undefined;
  #hasOpened = false;
  #giveUpAtMs = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #size: TerminalSize | undefined;
  #isReadingPaused = false;

  constructor(options: SessionConnectionOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#backOff = options.backOff ?? new BackOff({ baseMs: 200, maxMs: 5_000 });
    this.#input = new InputQueue(
      options.clock,
      {
        isOpen: () => this.#phase === 'open',
        bufferedBytes: () => this.#socket?.bufferedBytes ?? 0,
        send: (part) => this.#sendInput(part),
        drained: () => this.#events.drained?.(),
      },
      INITIAL_BITS_PER_SECOND,
    );
  }

  /** Dials the first time. Call it once. */
  open(): void {
    this.#giveUpAtMs = this.#options.clock.nowMs() + (this.#options.connectTimeMs ?? 15_000);
    this.#dial();
  }

  /**
   * Queues input of any length; the bytes are not changed by the caller afterwards.
   * @returns false when the caller should wait for `drained` before it sends more
   */
  send(bytes: Uint8Array): boolean {
    if (this.#phase === 'closing' || this.#phase === 'ended') return true;
    return this.#input.push(bytes);
  }

  /** Input that has not left this end. */
  get queuedBytes(): number {
    return this.#input.queuedBytes;
  }

  /** Tells the other end its new size; remembered and told again after a reconnect. */
  resize(size: TerminalSize): void {
    this.#size = size;
    if (this.#phase === 'open') this.#sendSize();
  }

  /** Stops or goes on taking output, where the socket can. */
  setReadingPaused(isPaused: boolean): void {
    this.#isReadingPaused = isPaused;
    this.#socket?.setPaused?.(isPaused);
  }

  /** Ends the session from this side. `closed` follows, after at most 2 s. */
  close(): void {
    if (this.#phase === 'ended' || this.#phase === 'closing') return;
    if (this.#phase === 'open') this.#closeOpen();
    else this.#finish({ kind: 'ended' });
  }

  #closeOpen(): void {
    this.#phase = 'closing';
    this.setReadingPaused(false);
    this.#sendMessage(MessageType.Close, this.#sentBytes, EMPTY);
    this.#setTimer(CLOSE_TIMEOUT_MS, () => this.#finish({ kind: 'ended' }));
  }

  #dial(): void {
    const epoch = ++this.#epoch;
    const isCurrent = (): boolean => epoch === this.#epoch;
    this.#phase = 'dialling';
    this.#setTimer(DIAL_TIMEOUT_MS, () => this.#lost('no answer'));
    this.#socket = this.#options.dial(
      this.#resumeUrl(),
      { [OWN_PROTOCOL_HEADER]: OWN_PROTOCOL_VERSION },
      {
        opened: (answer) => isCurrent() && this.#opened(answer),
        message: (bytes) => isCurrent() && this.#received(bytes),
        closed: (closing) => isCurrent() && this.#socketClosed(closing),
      },
    );
    if (this.#isReadingPaused) this.#socket.setPaused?.(true);
  }

  #resumeUrl(): string {
    const { url } = this.#options;
    return this.#channelId === undefined ? url : `${url}&channelId=${encodeURIComponent(this.#channelId)}`;
  }

  #opened(answer: UpgradeAnswer): void {
    const isResumed = this.#hasOpened;
    this.#timer?.cancel();
    this.#hasOpened = true;
    this.#phase = 'open';
    this.#channelId = answer.channelId ?? this.#channelId;
    this.#backOff.reset();
    // Where headers are hidden the relay knows the layout from the first message only.
    if (isResumed || answer.protocol === undefined)
      this.#sendMessage(MessageType.Sync, this.#receivedBytes, EMPTY);
    this.#sendSize();
    if (isResumed) this.#events.resumed?.();
    this.#input.pump();
  }

  #received(bytes: Uint8Array): void {
    const decoded = decode('own-1.03', bytes);
    if (decoded.ok) this.#handle(decoded.value);
    else this.#finish({ kind: 'protocol', reason: decoded.error.message }, 1002);
  }

  #handle(message: Message): void {
    switch (message.type) {
      case MessageType.Output:
        this.#deliver(message);
        break;
      case MessageType.Status:
        this.#handleStatus(message.payload);
        break;
      case MessageType.Ready:
        this.#sendSize();
        this.#events.ready?.();
        break;
      case MessageType.Exit:
        this.#handleExit(message.payload);
        break;
      case MessageType.TargetClosed:
        this.#events.targetClosed?.();
        break;
      case MessageType.TargetError:
        this.#events.targetError?.(decodeTargetError(message.payload));
    }
  }

  /** A replay may begin before what has arrived (skipped here) or, when the relay kept less, after it (told). */
  #deliver({ sequence: position, payload }: Message): void {
    const aheadBytes = position - this.#receivedBytes;
    if (aheadBytes > 0) this.#events.outputLost?.(aheadBytes);
    const fresh = payload.subarray(Math.min(payload.length, Math.max(0, -aheadBytes)));
    this.#receivedBytes = Math.max(this.#receivedBytes, position + payload.length);
    if (fresh.length > 0) this.#events.output?.(fresh);
  }

  #handleStatus(payload: Uint8Array): void {
    const status = decodeStatus(payload);
    if (status === undefined) return;
    if (status.code === StatusCode.Stream) this.#input.setRate(Math.max(1, status.bitsPerSecond));
    else this.#handlePlainStatus(status.code, status.reason);
  }

  #handlePlainStatus(code: PlainStatusCode, reason: string): void {
    this.#events.status?.(code, reason);
    if (code === StatusCode.Opened) this.#sendSize();
    if (code === StatusCode.Aborted) this.#finish({ kind: 'aborted', reason });
    if (code === StatusCode.Closed || code === StatusCode.Exited) this.#closedByServer(reason);
  }

  #closedByServer(reason: string): void {
    this.#finish(this.#phase === 'closing' ? { kind: 'ended' } : { kind: 'closed', reason });
  }

  #handleExit(payload: Uint8Array): void {
    const exit = decodeExit(payload);
    if (exit !== undefined) this.#events.exit?.(exit);
  }

  #socketClosed(closing: SocketClosing): void {
    const end = this.#phase === 'closing' ? ({ kind: 'ended' } as const) : finalEnd(closing);
    if (end === undefined) this.#lost(closing.reason || `close code ${closing.code}`);
    else this.#finish(end);
  }

  #lost(reason: string): void {
    const nowMs = this.#options.clock.nowMs();
    if (this.#phase === 'open') this.#giveUpAtMs = nowMs + (this.#options.resumeTimeMs ?? 300_000);
    const delayMs = this.#backOff.nextDelayMs();
    // A socket that opened without telling its channel cannot be followed by another one.
    const isHopeless = this.#hasOpened && this.#channelId === undefined;
    if (isHopeless || nowMs + delayMs >= this.#giveUpAtMs) this.#finish({ kind: 'lost', reason });
    else this.#waitAndDial(delayMs);
  }

  #waitAndDial(delayMs: number): void {
    this.#dropSocket(GIVEN_UP_CLOSE_CODE);
    this.#phase = 'waiting';
    this.#setTimer(delayMs, () => this.#dial());
    this.#events.reconnecting?.(this.#backOff.attempts, delayMs);
  }

  #finish(end: SessionEnd, closeCode = 1000): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#timer?.cancel();
    this.#input.clear();
    this.#dropSocket(closeCode);
    this.#events.closed?.(end);
  }

  #dropSocket(closeCode: number): void {
    this.#epoch += 1;
    this.#socket?.close(closeCode, '');
    this.#socket = undefined;
  }

  #sendInput(part: Uint8Array): void {
    this.#sendMessage(MessageType.Input, this.#sentBytes, part);
    this.#sentBytes += part.length;
  }

  #sendSize(): void {
    if (this.#size !== undefined)
      this.#sendMessage(MessageType.Resize, this.#sentBytes, encodeResizeBinary(this.#size));
  }

  #sendMessage(type: number, position: number, payload: Uint8Array): void {
    this.#socket?.send(encodeOwn({ type, position, payload }));
  }

  #setTimer(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, run);
  }
}
