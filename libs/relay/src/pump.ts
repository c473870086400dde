import type { Clock } from '@sallyport/kernel';
import { MAX_SLICE_BYTES } from './bounds.js';
import { ByteQueue } from './byte-queue.js';
import type { TokenBucket, Waiter } from './shaper.js';

/** The end that payload comes from. */
export interface PumpSource {
  /** Give no more payload after the piece in hand. */
  hold(): void;
  release(): void;
}

/** The end that payload goes to. */
export interface PumpTarget {
  /** Whether {@link take} may be called now. */
  readonly hasRoom: boolean;
  /** Bytes that may wait here before the source is held; 0 where the target will have room in a moment. */
  readonly patienceBytes: number;
  /** Sends a piece of 1 to `MAX_SLICE_BYTES` bytes; copies what it keeps. */
  take(payload: Uint8Array): void;
}

/** What a {@link Pump} joins. */
export interface PumpParts {
  readonly source: PumpSource;
  readonly target: PumpTarget;
  readonly bucket: TokenBucket;
  readonly clock: Clock;
  failed(error: unknown): void;
}

/**
 * One direction of a channel: payload in order from source to target, in pieces, at the session's rate. It holds
 * what it could not pass on of one message (or `patienceBytes` and one message) and stops the source for it.
 */
export class Pump implements Waiter {
  readonly #parts: PumpParts;
  readonly #queue = new ByteQueue();
  #isPassing = false;
  #passedBytes = 0;
  #lastPayloadAtMs: number;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    this.#lastPayloadAtMs = parts.clock.nowMs();
  }

  get heldBytes(): number {
    return this.#queue.length;
  }

  /** Payload bytes that the target has taken. */
  get passedBytes(): number {
    return this.#passedBytes;
  }

  /** When payload last came from the source; the pump's beginning before that. */
  get lastPayloadAtMs(): number {
    return this.#lastPayloadAtMs;
  }

  /** Passes payload on, or keeps a copy of what cannot go yet. */
  offer(payload: Uint8Array): void {
    if (payload.length === 0) return;
    this.#lastPayloadAtMs = this.#parts.clock.nowMs();
    const passed = this.#queue.length === 0 ? this.#pass(payload) : 0;
    if (passed === payload.length) return;
    this.#queue.push(payload.subarray(passed));
    if (this.#queue.length >= this.#parts.target.patienceBytes) this.#parts.source.hold();
  }

  /** Goes on with what is held: the target has room again, is ready, or is there. */
  advance(): void {
    if (this.#isPassing || this.#queue.length === 0) return;
    this.#queue.drop(this.#pass(this.#queue.bytes));
    if (this.#queue.length === 0) this.#parts.source.release();
    // What waited for an absent target with patience must now stop the source like anything else.
    else if (this.#queue.length >= this.#parts.target.patienceBytes) this.#parts.source.hold();
  }

  /** Tokens are there. */
  wake(): void {
    try {
      this.advance();
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** Throws away what is held and takes part in nothing more. */
  end(): void {
    this.#queue.clear();
    this.#parts.bucket.forget(this);
  }

  /** @returns how many bytes the target took */
  #pass(bytes: Uint8Array): number {
    const { target, bucket } = this.#parts;
    let at = 0;
    // A target may call back into `advance` from `take`; pieces must not overtake each other.
    this.#isPassing = true;
    while (at < bytes.length && target.hasRoom) {
      const granted = bucket.take(this, Math.min(bytes.length - at, MAX_SLICE_BYTES));
      if (granted === 0) break;
      target.take(bytes.subarray(at, at + granted));
      at += granted;
    }
    this.#isPassing = false;
    this.#passedBytes += at;
    return at;
  }
}
