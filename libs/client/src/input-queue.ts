import type { Clock, Timer } from '@sallyport/kernel';

/** Bytes that may wait before the source of the input is asked to stop. */
export const INPUT_HIGH_WATERMARK_BYTES = 65_536;
const INPUT_LOW_WATERMARK_BYTES = 16_384;
/** Also the relay's burst: more at once would only wait in a socket buffer, ahead of a later Ctrl-C. */
const BURST_BYTES = 16_384;
const MAX_SOCKET_BUFFER_BYTES = 65_536;
const PUMP_INTERVAL_MS = 20;
/** A trickle below this size would cost a message each; smaller input goes at once when it is all there is. */
const SMALLEST_PART_BYTES = 1_024;

/** Where {@link InputQueue} puts the bytes that may go now. */
export interface InputSink {
  /** False while there is no open socket: nothing is sent. */
  isOpen(): boolean;
  bufferedBytes(): number;
  send(part: Uint8Array): void;
  drained(): void;
}

/**
 * Holds input until the socket and the session's rate take it. An end that paces itself keeps the queues between itself and
 * the relay short, so that pings are answered in time and a key press is not stuck behind a paste.
 */
export class InputQueue {
  readonly #clock: Clock;
  readonly #sink: InputSink;
  readonly #waiting: Uint8Array[] = [];
  #queuedBytes = 0;
  #isFull = false;
  #allowanceBytes = BURST_BYTES;
  #bytesPerMs: number;
  #countedMs: number;
  #timer: Timer | undefined;

  constructor(clock: Clock, sink: InputSink, bitsPerSecond: number) {
    this.#clock = clock;
    this.#sink = sink;
    this.#bytesPerMs = bitsPerSecond / 8_000;
    this.#countedMs = clock.nowMs();
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** @param bitsPerSecond  the rate the server told, 1 or more */
  setRate(bitsPerSecond: number): void {
    this.#refill();
    this.#bytesPerMs = bitsPerSecond / 8_000;
  }

  /** Takes a view of `bytes`. @returns false when the source should wait for `drained` */
  push(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#waiting.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#isFull ||= this.#queuedBytes > INPUT_HIGH_WATERMARK_BYTES;
    this.pump();
    return !this.#isFull;
  }

  /** Sends what may go now and comes back by itself for the rest; call it when a socket has opened. */
  pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#sink.isOpen()) return;
    this.#refill();
    while (this.#queuedBytes > 0 && this.#sink.bufferedBytes() < MAX_SOCKET_BUFFER_BYTES && this.#sendPart());
    if (this.#queuedBytes > 0) this.#timer = this.#clock.after(PUMP_INTERVAL_MS, () => this.pump());
    if (this.#isFull && this.#queuedBytes <= INPUT_LOW_WATERMARK_BYTES) {
      this.#isFull = false;
      this.#sink.drained();
    }
  }

  /** Forgets what is queued. */
  clear(): void {
    this.#timer?.cancel();
    this.#waiting.length = 0;
    this.#queuedBytes = 0;
  }

  #sendPart(): boolean {
    const first = this.#waiting[0];
    const allowed = Math.floor(this.#allowanceBytes);
    if (first === undefined || allowed < Math.min(first.length, SMALLEST_PART_BYTES)) return false;
    const part = first.subarray(0, allowed);
    if (part.length === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(part.length);
    this.#queuedBytes -= part.length;
    this.#allowanceBytes -= part.length;
    this.#sink.send(part);
    return true;
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs();
    const gainedBytes = Math.max(0, nowMs - this.#countedMs) * this.#bytesPerMs;
    this.#allowanceBytes = Math.min(BURST_BYTES, this.#allowanceBytes + gainedBytes);
    this.#countedMs = nowMs;
  }
}
