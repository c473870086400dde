import type { Clock, Timer } from '@sallyport/kernel';
import { CLOSE_MS, MAX_MESSAGE_BYTES, PING_EVERY_MS, SILENCE_MS, STALL_MS } from './bounds.js';
import type { ByteSocket, ByteSocketHandlers } from './byte-socket.js';
import type { ViolationCode } from './relay-events.js';
import { encodeClose, encodeFrame, Opcode } from './websocket.js';
import { type FrameSink, WebSocketReader } from './websocket-reader.js';

/** What the owner of a {@link FramedSocket} hears, defects apart only until it closes the socket itself. */
export interface FramedSocketOwner {
  /** A whole binary message; the view is valid during the call. */
  message(payload: Uint8Array): void;
  /** The socket takes bytes again. */
  drained(): void;
  /** The peer left. @param closeCode  of its close frame, which has been answered; undefined without one */
  gone(closeCode: number | undefined): void;
  violated(code: ViolationCode, reason: string): void;
  failed(error: unknown): void;
}

type Listener = Omit<FramedSocketOwner, 'failed'>;

const NOBODY: Listener = {
  message: () => undefined,
  drained: () => undefined,
  gone: () => undefined,
  violated: () => undefined,
};

const EMPTY = new Uint8Array(0);

/** A raw socket with the server role of WebSocket on it: whole messages, pings, closing handshake, liveness. */
export class FramedSocket {
  readonly #socket: ByteSocket;
  readonly #clock: Clock;
  readonly #reader: WebSocketReader;
  #owner: Listener;
  /** Defects are told whether or not the owner still listens. */
  readonly #failed: (error: unknown) => void;
  /** Set while a write waits for its drain. */
  #waitingSinceMs: number | undefined;
  /** A peer that pings and does not read gets one answer, to its last ping, once it reads. */
  #owedPong: Uint8Array | undefined;
  #lastArrivalMs: number;
  #lastPingMs: number;
  #isHeld = false;
  #isClosing = false;
  #isClosed = false;
  #closeTimer: Timer | undefined;
  #whenClosed: (() => void) | undefined;

  constructor(socket: ByteSocket, clock: Clock, owner: FramedSocketOwner) {
    this.#socket = socket;
    this.#clock = clock;
    this.#owner = owner;
    this.#failed = (error) => owner.failed(error);
    this.#lastArrivalMs = this.#lastPingMs = clock.nowMs();
    this.#reader = new WebSocketReader(this.#frameSink(), MAX_MESSAGE_BYTES);
    socket.bind(this.#handlers());
  }

  /** Whether the last write waits for its drain, or nothing can be written any more. */
  get isWaiting(): boolean {
    return this.#isClosed || this.#waitingSinceMs !== undefined;
  }

  /** Bytes read and not handed on. */
  get heldBytes(): number {
    return this.#reader.heldBytes;
  }

  /** Sends one binary message. @returns the frame as written: it ends with `message` and is not changed again */
  send(message: Uint8Array): Uint8Array {
    const frame = encodeFrame(Opcode.Binary, message);
    this.#write(frame);
    return frame;
  }

  /** No more messages after the one in hand; the peer is slowed down by its own TCP. */
  hold(): void {
    if (this.#isHeld || this.#isClosing) return;
    this.#isHeld = true;
    this.#reader.stop();
    this.#socket.pause();
  }

  /** Ends {@link hold}: first what was read already, then the socket. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#lastArrivalMs = this.#clock.nowMs();
    if (!this.#reader.go() || this.#reader.isEnded) return;
    if (this.#isClosed) this.#leave(undefined);
    else this.#socket.resume();
  }

  /** Reads nothing more from a peer that broke a rule. */
  stopReading(): void {
    this.#reader.end();
    this.#socket.pause();
  }

  /** Pings when it is time. @returns `silent`: the peer is gone; `stalled`: it takes nothing */
  check(nowMs: number): 'fine' | 'silent' | 'stalled' {
    if (this.#isClosed) return 'fine';
    if (this.#waitingSinceMs !== undefined)
      return nowMs - this.#waitingSinceMs >= STALL_MS ? 'stalled' : 'fine';
    const isListening = !this.#isHeld && !this.#reader.isEnded;
    if (isListening && nowMs - this.#lastArrivalMs >= SILENCE_MS) return 'silent';
    if (nowMs - this.#lastPingMs >= PING_EVERY_MS) {
      this.#lastPingMs = nowMs;
      this.#write(encodeFrame(Opcode.Ping, EMPTY));
    }
    return 'fine';
  }

  /** Closes with a handshake of bounded time; the owner hears nothing more. */
  close(code: number): void {
    this.#owner = NOBODY;
    if (this.#isClosing) return;
    this.#startClosing(code);
    // What is read from here on is thrown away, up to the peer's close frame.
    this.#isHeld = false;
    if (this.#reader.go()) this.#socket.resume();
  }

  /** As {@link close}, for a peer that has a new socket: messages that were read already are delivered first. */
  retire(): void {
    const owner = this.#owner;
    this.#owner = { ...NOBODY, message: (payload) => owner.message(payload) };
    // Each round delivers a message even where the last one made the owner ask for a pause.
    while (!this.#reader.go());
    this.close(1000);
  }

  /** Drops the socket; the owner hears nothing more. */
  destroy(): void {
    this.#owner = NOBODY;
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** Calls `run` once the raw socket is closed, at once where it is; one caller only. */
  whenClosed(run: () => void): void {
    if (this.#isClosed) run();
    else this.#whenClosed = run;
  }

  #write(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    if (!this.#socket.write(bytes)) this.#waitingSinceMs ??= this.#clock.nowMs();
  }

  #startClosing(code: number): void {
    this.#isClosing = true;
    if (this.#isClosed) return;
    this.#write(encodeClose(code));
    this.#closeTimer = this.#clock.after(CLOSE_MS, () => this.#socket.destroy());
  }

  /** The only place through which the socket calls in: a defect ends here, not in the process. */
  #handlers(): ByteSocketHandlers {
    return {
      data: (view) => {
        try {
          this.#arrived(view);
        } catch (error) {
          this.#failed(error);
        }
      },
      drain: () => this.#guard(() => this.#drained()),
      closed: () => this.#guard(() => this.#closed()),
    };
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error);
    }
  }

  #frameSink(): FrameSink {
    return {
      message: (payload) => this.#owner.message(payload),
      ping: (payload) => this.#pinged(payload),
      closeFrame: (code) => this.#closeFrame(code),
      violation: (code, reason) => {
        this.#socket.pause();
        this.#owner.violated(code, reason);
      },
    };
  }

  #arrived(view: Uint8Array): void {
    this.#lastArrivalMs = this.#clock.nowMs();
    this.#reader.push(view);
  }

  #drained(): void {
    this.#waitingSinceMs = undefined;
    const pong = this.#owedPong;
    this.#owedPong = undefined;
    if (pong !== undefined) this.#write(encodeFrame(Opcode.Pong, pong));
    this.#owner.drained();
  }

  #closed(): void {
    this.#isClosed = true;
    this.#closeTimer?.cancel();
    this.#whenClosed?.();
    // What the peer sent before it left still counts; `release` says goodbye once that has been read.
    if (!this.#isHeld || this.#reader.heldBytes === 0) this.#leave(undefined);
  }

  #pinged(payload: Uint8Array): void {
    if (this.#isClosing) return;
    if (this.isWaiting) this.#owedPong = payload.slice();
    else this.#write(encodeFrame(Opcode.Pong, payload));
  }

  #closeFrame(code: number): void {
    if (!this.#isClosing) this.#startClosing(code);
    this.#socket.end();
    this.#leave(code);
  }

  #leave(closeCode: number | undefined): void {
    const owner = this.#owner;
    this.#owner = NOBODY;
    owner.gone(closeCode);
  }
}
