import type { Duplex } from 'node:stream';
import { systemClock, type Clock } from '@sallyport/kernel';
import { sleep } from '../agent-double/sleep.js';
import { Cli101Connection, type ClientEnd } from './cli101-connection.js';
import { ClientMessage } from './client-frames.js';

/** `ssh` waits for the first output before it sends; `portforward` waits 3 s before it reads. */
export type StreamMode = 'ssh' | 'portforward';

/** Where a raw CLI connection goes. */
export interface Cli101StreamOptions {
  readonly url: string;
  readonly ca?: string;
  readonly mode: StreamMode;
  readonly clock?: Clock;
}

const CHUNK_BYTES = 2_048;
const DEFAULT_PAUSE_MS = 83;
const PORTFORWARD_WAIT_MS = 3_000;

/** One raw connection of `ali-instance-cli ssh` or `portforward` (wire §3.6) between a local stream and the server. */
export class Cli101Stream {
  readonly ended: Promise<ClientEnd>;
  #connection!: Cli101Connection;
  #hasOutput = false;
  #hasEnded = false;
  #finish!: (end: ClientEnd) => void;

  private constructor(
    private readonly local: Duplex,
    private readonly options: Cli101StreamOptions,
  ) {
    this.ended = new Promise((resolve) => (this.#finish = resolve));
  }

  /**
   * Dials, then moves bytes until either side ends.
   * @throws UpgradeRefused
   */
  static async open(local: Duplex, options: Cli101StreamOptions): Promise<Cli101Stream> {
    const stream = new Cli101Stream(local, options);
    stream.#connection = await Cli101Connection.dial(options.url, options.ca, {
      output: (payload) => stream.#write(payload),
      ended: (end) => stream.#stop(end),
    });
    // A local stream that breaks off is a program that was ended.
    stream.#pump().catch(() => stream.#connection.socket.drop());
    return stream;
  }

  get connection(): Cli101Connection {
    return this.#connection;
  }

  #write(payload: Buffer): void {
    this.#hasOutput = true;
    if (!this.local.writableEnded) this.local.write(payload);
  }

  async #pump(): Promise<void> {
    const clock = this.options.clock ?? systemClock;
    if (this.options.mode === 'portforward') {
      await sleep(clock, PORTFORWARD_WAIT_MS);
      this.#hasOutput = true;
    }
    let held: Buffer | undefined;
    for await (const chunk of this.#chunks(clock)) {
      if (this.#hasEnded) return;
      if (!this.#hasOutput) {
        // The first piece waits for the server to speak; later ones are lost.
        held ??= chunk;
        continue;
      }
      if (held) this.#connection.send(ClientMessage.Input, held);
      held = undefined;
      this.#connection.send(ClientMessage.Input, chunk);
    }
    this.#localEnded();
  }

  async *#chunks(clock: Clock): AsyncGenerator<Buffer> {
    for await (const bytes of this.local as AsyncIterable<Buffer>)
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        const pauseMs = this.#pauseMs();
        if (pauseMs > 0) await sleep(clock, pauseMs);
        yield bytes.subarray(at, at + CHUNK_BYTES);
      }
  }

  /** Integer arithmetic of the program; told rates of 1 to 16,383 bit/s end it. */
  #pauseMs(): number {
    const rate = this.#connection.rateBitsPerSecond;
    if (rate === 0) return DEFAULT_PAUSE_MS;
    const messagesPerSecond = Math.floor(Math.floor(rate / 8) / CHUNK_BYTES);
    if (messagesPerSecond === 0) throw new Error(`rate ${rate} divides by zero: the CLI crashes`);
    return Math.floor(1000 / messagesPerSecond);
  }

  /** `ssh` then exits; `portforward` leaves its WebSocket to the server. */
  #localEnded(): void {
    this.#connection.send(ClientMessage.Close, Buffer.from('1'));
    if (this.options.mode === 'ssh') this.#stop({ printed: '' });
  }

  #stop(end: ClientEnd): void {
    this.#hasEnded = true;
    // A portforward's WebSocket and local socket stay open after a status (transcript 11).
    if (this.options.mode === 'ssh') {
      this.#connection.socket.drop();
      this.local.end();
    }
    this.#finish(end);
  }
}
