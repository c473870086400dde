import { BackOff } from '@sallyport/client';
import type { Clock } from '@sallyport/kernel';
import {
  decode,
  decodeResize,
  encodeOwn,
  type Message,
  MessageType,
  type TerminalSize,
} from '@sallyport/wire';
import { WebSocket } from 'ws';
import { askedPauseMs, CallError } from '../server/call-error.js';
import type { DialledSocket } from '../server/dial.js';
import { watchLiveness } from '../server/liveness.js';
import { messageOf, wait } from '../wait.js';
import { OutputQueue } from './output-queue.js';
import { SendWindow } from './send-window.js';

/** How long a lost data socket is dialled again; a server that has given the channel up meanwhile answers 404, which is final. */
const RESUME_MS = 60_000;
/** Bytes that may wait here before the source is paused, and at which it may go on. */
const HIGH_WATERMARK_BYTES = 65_536;
const LOW_WATERMARK_BYTES = 16_384;
const MAX_SOCKET_BUFFER_BYTES = 65_536;
/** Close codes with which a relay ends a channel for good; any other one asks for another socket. */
const ENDED_CODE = 1000;
const VIOLATION_CODES = new Set([1002, 1003, 1007, 1008, 1009]);
const EMPTY = new Uint8Array(0);

/** Why a channel is over. */
export interface ChannelEnd {
  /** `ended`: the server closed it; `refused`: it will not have it; `lost`: no way back within 60 s; `violated`: a rule was broken. */
  readonly kind: 'ended' | 'refused' | 'lost' | 'violated';
  readonly reason: string;
}

/** What a channel is made of. */
export interface ChannelParts {
  readonly channelId: string;
  readonly dial: (path: string, signal: AbortSignal) => Promise<DialledSocket>;
  readonly clock: Clock;
  /**
   * Output that may be under way without the server having read it. A kernel would take megabytes, and what the user typed
   * last would show its effect only after all of them.
   */
  readonly windowBytes: number;
  readonly events: ChannelEvents;
}

/** What the owner of a channel hears. */
export interface ChannelEvents {
  /** @returns false when input should stop until {@link Channel.takeInput} */
  input(bytes: Uint8Array): boolean;
  resize(size: TerminalSize): void;
  /** The client ended the channel. */
  clientClosed(): void;
  /** Output may go on after `send` returned false. */
  drained(): void;
  /** Once, unless the owner closed the channel itself. */
  over(end: ChannelEnd): void;
}

/**
 * The data socket of one channel in protocol 1.03, kept up across lost connections. Pings carry how much was sent before
 * them, and relays answer them in their place between the frames: a pong thereby acknowledges what was read.
 * @see docs/agent.md "Data channel"
 */
export class Channel {
  readonly #parts: ChannelParts;
  readonly #queue = new OutputQueue();
  readonly #backOff = new BackOff({ baseMs: 100, maxMs: 5_000 });
  readonly #stop = new AbortController();
  readonly #window: SendWindow;
  #socket: WebSocket | undefined;
  #isReady = false;
  #isInputWelcome = false;
  #isFull = false;
  #isPumpDue = false;
  #last: { readonly type: number; readonly payload: Uint8Array } | undefined;
  #isFinishing = false;
  #onFinished: (() => void) | undefined;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    this.#window = new SendWindow(parts.windowBytes);
  }

  /** Dials, and goes on for as long as the channel lives. @returns once the first socket is open, or the channel over */
  open(): Promise<void> {
    return new Promise((resolve) => {
      this.#live(resolve).then(resolve, (error: unknown) => {
        this.#over({ kind: 'violated', reason: messageOf(error) });
        resolve();
      });
    });
  }

  /** Tells the server that shell or target is there, and lets input in. */
  ready(): void {
    this.#isReady = true;
    this.#transmit(MessageType.Ready, EMPTY);
    this.takeInput();
  }

  /** Lets input in again. */
  takeInput(): void {
    this.#isInputWelcome = true;
    if (this.#socket?.isPaused) this.#socket.resume();
  }

  /** Queues output. @returns false when the source should wait for `drained` */
  send(bytes: Uint8Array): boolean {
    this.#queue.pushBytes(bytes);
    this.#isFull ||= this.#queue.bytes >= HIGH_WATERMARK_BYTES;
    this.#pumpSoon();
    return !this.#isFull;
  }

  /** Queues a message behind the output. */
  sendMessage(type: number, payload: Uint8Array): void {
    this.#queue.pushMessage(type, payload);
    this.#pumpSoon();
  }

  /**
   * Sends all that waits, and `last` behind it, then closes.
   * @returns once the server has read it, or the channel is over
   */
  finish(last?: { type: number; payload: Uint8Array }): Promise<void> {
    this.#last = last;
    this.#isFinishing = true;
    if (last) this.#queue.pushMessage(last.type, last.payload);
    this.takeInput();
    return new Promise((resolve) => {
      this.#onFinished = resolve;
      if (this.#stop.signal.aborted) resolve();
      else this.#pump();
    });
  }

  /** Closes at once; what waits is dropped. The owner hears nothing more. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#socket?.close(ENDED_CODE);
    // The peer's close frame is wanted, and a paused socket would never read it.
    this.#socket?.resume();
    this.#onFinished?.();
  }

  async #live(opened: () => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const socket = await this.#connect(signal);
      if (!socket) return;
      const closed = this.#serve(socket);
      opened();
      const { code, reason } = await closed;
      this.#socket = undefined;
      if (code === ENDED_CODE) this.#over({ kind: 'ended', reason: reason || 'closed by the server' });
      if (VIOLATION_CODES.has(code)) this.#over({ kind: 'violated', reason: reason || `close code ${code}` });
    }
  }

  /** @returns an open socket; undefined when the channel is over */
  async #connect(signal: AbortSignal): Promise<WebSocket | undefined> {
    const { channelId, clock, dial } = this.#parts;
    const giveUpAtMs = clock.nowMs() + RESUME_MS;
    while (!signal.aborted) {
      try {
        const { socket, isOwnProtocol } = await dial(
          `/luban/session/backend?channelId=${encodeURIComponent(channelId)}`,
          signal,
        );
        if (isOwnProtocol) return socket;
        socket.close(1002);
        this.#over({ kind: 'refused', reason: 'the server does not speak protocol 1.03' });
      } catch (error) {
        const pauseMs = askedPauseMs(error) + this.#backOff.nextDelayMs();
        if (error instanceof CallError && error.isFinal)
          this.#over({ kind: 'refused', reason: error.message });
        else if (clock.nowMs() + pauseMs > giveUpAtMs) this.#over({ kind: 'lost', reason: messageOf(error) });
        else await wait(clock, pauseMs, signal);
      }
    }
    return undefined;
  }

  /** @returns when and how the socket closed */
  #serve(socket: WebSocket): Promise<{ code: number; reason: string }> {
    this.#socket = socket;
    this.#window.restart();
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
    socket.on('message', (data: Buffer) => this.#received(data));
    socket.on('pong', (data) => this.#ponged(data.toString('latin1')));
    if (this.#isReady) this.#transmit(MessageType.Ready, EMPTY);
    // It may have been lost with the old socket, and doing it twice changes nothing.
    if (this.#last && this.#queue.isEmpty) this.#transmit(this.#last.type, this.#last.payload);
    watchLiveness(socket, this.#parts.clock, () => this.#ping());
    if (this.#isInputWelcome) socket.resume();
    this.#pump();
    return closed;
  }

  #received(frame: Uint8Array): void {
    const decoded = decode('own-1.03', frame);
    if (decoded.ok) this.#take(decoded.value);
    else this.#over({ kind: 'violated', reason: decoded.error.message }, 1002);
  }

  #take({ type, payload }: Message): void {
    const { events } = this.#parts;
    if (type === MessageType.Close) events.clientClosed();
    else if (type === MessageType.Resize) {
      const size = decodeResize(payload);
      if (size) events.resize(size);
    } else if (type === MessageType.Input && payload.length > 0 && !events.input(payload)) {
      this.#isInputWelcome = false;
      this.#socket?.pause();
    }
  }

  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    // After all that the kernel has ready now: a terminal gives 4 KiB at most in one read.
    setImmediate(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#hasRoom()) {
      const part = this.#queue.shift();
      if (!part) break;
      this.#transmit(part.type ?? MessageType.Output, part.payload);
    }
    if (this.#window.isPingDue) this.#ping();
    if (this.#isFull && this.#queue.bytes <= LOW_WATERMARK_BYTES) {
      this.#isFull = false;
      this.#parts.events.drained();
    }
    if (this.#isFinishing && this.#isOpen && this.#queue.isEmpty) this.#settle();
  }

  /** All has been sent: waits for its being read, then closes. */
  #settle(): void {
    if (this.#window.isAllRead) this.close();
    else if (!this.#window.isAllPinged) this.#ping();
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #hasRoom(): boolean {
    const bufferedBytes = this.#socket?.bufferedAmount ?? 0;
    return this.#isOpen && this.#window.hasRoom && bufferedBytes < MAX_SOCKET_BUFFER_BYTES;
  }

  #transmit(type: number, payload: Uint8Array): void {
    if (!this.#isOpen) return;
    const frame = encodeOwn({ type, position: this.#window.position, payload });
    this.#window.sent(type === MessageType.Output ? payload.length : 0);
    this.#socket?.send(frame, () => this.#pumpSoon());
  }

  #ping(): void {
    if (this.#isOpen) this.#socket?.ping(this.#window.ping());
  }

  #ponged(text: string): void {
    this.#window.pong(text);
    this.#backOff.reset();
    this.#pump();
  }

  #over(end: ChannelEnd, closeCode = ENDED_CODE): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#socket?.close(closeCode);
    this.#onFinished?.();
    this.#parts.events.over(end);
  }
}
