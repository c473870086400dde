import type { Clock, Timer } from '@sallyport/kernel';
import { writeSync } from 'node:fs';

const HIGH_WATERMARK_BYTES = 65_536;
const LOW_WATERMARK_BYTES = 16_384;
const FIRST_RETRY_MS = 2;
const LAST_RETRY_MS = 64;

/**
 * Writes to a non-blocking descriptor that Node has no stream for. A terminal's master is one: a `tty` stream would spin inside
 * `write` until the shell reads, and stop every other session meanwhile. Nothing tells when there is room again, so it is
 * tried again, at growing distances.
 */
export class DescriptorWriter {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #drained: () => void;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isFull = false;
  #isClosed = false;
  #timer: Timer | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(fd: number, clock: Clock, drained: () => void) {
    this.#fd = fd;
    this.#clock = clock;
    this.#drained = drained;
  }

  /** @returns false when the caller should wait for `drained`: 64 KiB or more wait */
  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || bytes.length === 0) return true;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    this.#isFull ||= this.#bytes >= HIGH_WATERMARK_BYTES;
    if (!this.#timer) this.#flush();
    return !this.#isFull;
  }

  /** To be called before the descriptor is closed: its number may be another file's at once. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#waiting.length = 0;
  }

  #flush(): void {
    this.#timer = undefined;
    for (let first = this.#waiting[0]; first && !this.#isClosed; first = this.#waiting[0]) {
      const written = this.#attempt(first);
      if (written === undefined) return;
      this.#bytes -= written;
      if (written === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(written);
    }
    this.#tellRoom();
  }

  /** @returns undefined when there is no room, or nobody to write to any more */
  #attempt(bytes: Uint8Array): number | undefined {
    try {
      const written = writeSync(this.#fd, bytes);
      this.#retryMs = FIRST_RETRY_MS;
      return written;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#retryLater();
      else this.close();
      return undefined;
    }
  }

  #retryLater(): void {
    this.#timer = this.#clock.after(this.#retryMs, () => this.#flush());
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
    this.#tellRoom();
  }

  #tellRoom(): void {
    if (!this.#isFull || this.#bytes > LOW_WATERMARK_BYTES) return;
    this.#isFull = false;
    this.#drained();
  }
}
