import type { Clock } from '@sallyport/kernel';
import { Opcode } from '../sockets/frame-reader.js';
import type { RawWebSocket } from '../sockets/raw-websocket.js';
import { readAgentFrame, writeOutput, type IncomingMessage } from './agent-frames.js';
import type { Observe } from './observations.js';
import { sleep } from './sleep.js';

/** What a data channel needs of its agent. */
export interface ChannelHost {
  readonly clock: Clock;
  readonly observe: Observe;
  /** Dials the data socket of a channel. @throws when refused or unreachable */
  dialData(channelId: string): Promise<RawWebSocket>;
}

/** What a session hears from its data channel. */
export interface ChannelEvents {
  /** A well-formed message. @returns why the reading goroutine dies of it, if it does */
  message(message: IncomingMessage): string | undefined;
  /** Every re-dial failed. */
  exhausted(): void;
}

/** Waits before the re-dials, ms (wire §2.8): nine reads that fail take no time, so the first comes at once. */
const REDIAL_DELAYS_MS = [0, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000] as const;
const PING_INTERVAL_MS = 60_000;

/** The data socket of one channel: dialled once, then re-dialled by the agent's rules until the session ends. */
export class DataChannel {
  #socket: RawWebSocket | undefined;
  #sequence = 0;
  #isReaderDead = false;
  readonly #closing = new AbortController();

  constructor(
    readonly channelId: string,
    private readonly host: ChannelHost,
    private readonly events: ChannelEvents,
  ) {}

  /** @throws when the first dial fails, which is not repeated */
  async open(): Promise<void> {
    this.#adopt(await this.#dial());
  }

  /** The present socket. */
  get socket(): RawWebSocket | undefined {
    return this.#socket;
  }

  /** Whether a socket is up. */
  get isActive(): boolean {
    return this.#socket?.isOpen ?? false;
  }

  /**
   * Sends an Output message. Its sequence number is used up even when no socket takes it.
   * @returns whether it was sent
   * @throws RangeError for a channel id that does not fit
   */
  async send(payload: Uint8Array): Promise<boolean> {
    const frame = writeOutput(this.channelId, this.#sequence++, this.host.clock.nowMs(), payload);
    return (await this.#socket?.sendAndFlush(frame)) ?? false;
  }

  /** Drops the connection without a close frame, for good. */
  close(): void {
    this.#closing.abort();
    this.#socket?.drop();
  }

  async #dial(): Promise<RawWebSocket> {
    try {
      const socket = await this.host.dialData(this.channelId);
      this.host.observe('dial', `${this.channelId} open`);
      return socket;
    } catch (error) {
      this.host.observe('dial', `${this.channelId} ${String(error)}`);
      throw error;
    }
  }

  #adopt(socket: RawWebSocket): void {
    this.#socket = socket;
    if (this.#closing.signal.aborted) {
      socket.drop();
      return;
    }
    this.#ping(socket);
    socket.bind({
      message: (opcode, payload) => this.#receive(opcode, payload),
      closed: () => void this.#redial(),
    });
  }

  #ping(socket: RawWebSocket): void {
    if (!socket.send(Opcode.Ping, Buffer.from('keepalive'))) return;
    this.host.clock.after(PING_INTERVAL_MS, () => this.#ping(socket));
  }

  #receive(_opcode: number, frame: Buffer): void {
    if (this.#isReaderDead) return;
    const outcome = readAgentFrame(frame);
    if (outcome.kind === 'ignored') {
      this.host.observe('ignored', outcome.why);
      return;
    }
    const death = outcome.kind === 'message' ? this.events.message(outcome.message) : outcome.why;
    if (death === undefined) return;
    this.#isReaderDead = true;
    this.host.observe('fatal', `data reader of ${this.channelId}: ${death}`);
  }

  async #redial(): Promise<void> {
    // A dead reader does not notice that its socket is gone.
    if (this.#isReaderDead) return;
    const { signal } = this.#closing;
    for (const delayMs of REDIAL_DELAYS_MS) {
      if (delayMs > 0) await sleep(this.host.clock, delayMs, signal);
      if (signal.aborted) return;
      const socket = await this.#dial().catch(() => undefined);
      if (!socket) continue;
      this.#adopt(socket);
      return;
    }
    this.events.exhausted();
  }
}
