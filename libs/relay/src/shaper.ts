import type { Clock } from '@sallyport/kernel';

const TICK_MS = 20;
const BURST_BYTES = 16_384;
/** At high rates a bucket of 16 KiB would empty within one tick; it holds at least this much time. */
const MIN_DEPTH_MS = 100;
/** Nothing smaller is cut off a message: a tick's worth at low rates would be a few bytes per frame. */
const MIN_GRANT_BYTES = 1_024;
const BITS_PER_BYTE = 8;
const MS_PER_S = 1_000;

/** Who waits for tokens. */
export interface Waiter {
  /** Tokens are there: ask for them now. */
  wake(): void;
}

/** The timer of all buckets in which somebody waits; it stands still while nobody does. */
class HeldBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Set<TokenBucket>();
  #isTicking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(bucket: TokenBucket): void {
    this.#buckets.add(bucket);
    this.#keepTicking();
  }

  delete(bucket: TokenBucket): void {
    this.#buckets.delete(bucket);
  }

  #keepTicking(): void {
    if (this.#isTicking || this.#buckets.size === 0) return;
    this.#isTicking = true;
    this.#clock.after(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    this.#isTicking = false;
    for (const bucket of this.#buckets) bucket.serve();
    this.#keepTicking();
  }
}

const heldByClock = new WeakMap<Clock, HeldBuckets>();

function heldBucketsOf(clock: Clock): HeldBuckets {
  const held = heldByClock.get(clock) ?? new HeldBuckets(clock);
  heldByClock.set(clock, held);
  return held;
}

/** One direction of a session: payload bytes it may still pass now. Tokens are counted when somebody asks. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #held: HeldBuckets;
  /** In the order in which they are served: whoever got tokens and wants more goes to the back. */
  readonly #waiters = new Set<Waiter>();
  #served: Waiter | undefined;
  #bytesPerMs = 0;
  #depthBytes = 0;
  #tokens: number;
  #countedAtMs: number;

  constructor(bitsPerSecond: number, clock: Clock) {
    this.#clock = clock;
    this.#held = heldBucketsOf(clock);
    this.#countedAtMs = clock.nowMs();
    this.#applyRate(bitsPerSecond);
    this.#tokens = this.#depthBytes;
  }

  /**
   * Takes up to `wantedBytes` (1 or more) tokens; whoever asks after others were put off waits behind them.
   * @returns how many bytes may pass: `wantedBytes`, or fewer but at least 1,024, or 0: `waiter` is woken later
   */
  take(waiter: Waiter, wantedBytes: number): number {
    this.#count();
    const mayAsk = this.#waiters.size === 0 || this.#served === waiter;
    if (mayAsk && this.#tokens >= Math.min(wantedBytes, MIN_GRANT_BYTES)) {
      const granted = Math.min(wantedBytes, Math.floor(this.#tokens));
      this.#tokens -= granted;
      return granted;
    }
    this.#waiters.add(waiter);
    this.#held.add(this);
    return 0;
  }

  /** `waiter` is not interested any more. */
  forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#held.delete(this);
  }

  /** @param bitsPerSecond  above 0; what was earned so far was earned at the old rate */
  setRate(bitsPerSecond: number): void {
    this.#count();
    this.#applyRate(bitsPerSecond);
    this.#tokens = Math.min(this.#tokens, this.#depthBytes);
  }

  /** Wakes those who wait, each at most once, as long as tokens are left. */
  serve(): void {
    this.#count();
    let turns = this.#waiters.size;
    for (const waiter of this.#waiters) {
      if (turns-- === 0 || this.#tokens < 1) break;
      this.#waiters.delete(waiter);
      this.#served = waiter;
      waiter.wake();
    }
    this.#served = undefined;
    if (this.#waiters.size === 0) this.#held.delete(this);
  }

  #count(): void {
    const nowMs = this.#clock.nowMs();
    // The clock of the machine may be set back.
    const earned = Math.max(0, nowMs - this.#countedAtMs) * this.#bytesPerMs;
    this.#tokens = Math.min(this.#depthBytes, this.#tokens + earned);
    this.#countedAtMs = nowMs;
  }

  #applyRate(bitsPerSecond: number): void {
    this.#bytesPerMs = bitsPerSecond / BITS_PER_BYTE / MS_PER_S;
    this.#depthBytes = Math.max(BURST_BYTES, this.#bytesPerMs * MIN_DEPTH_MS);
  }
}

/** What a {@link SessionShaper} is made of. */
export interface SessionShaperOptions {
  /** Limit of each direction, above 0. */
  readonly bitsPerSecond: number;
  readonly clock: Clock;
}

/** The bandwidth of one session: a bucket per direction, shared by all its channels. */
export class SessionShaper {
  readonly toClient: TokenBucket;
  readonly toAgent: TokenBucket;
  #bitsPerSecond: number;

  constructor({ bitsPerSecond, clock }: SessionShaperOptions) {
    this.#bitsPerSecond = bitsPerSecond;
    this.toClient = new TokenBucket(bitsPerSecond, clock);
    this.toAgent = new TokenBucket(bitsPerSecond, clock);
  }

  /** The limit in force. */
  get bitsPerSecond(): number {
    return this.#bitsPerSecond;
  }

  /** Changes both directions at once; `RelayChannel.setRate` calls it and tells the ends. */
  setRate(bitsPerSecond: number): void {
    this.#bitsPerSecond = bitsPerSecond;
    this.toClient.setRate(bitsPerSecond);
    this.toAgent.setRate(bitsPerSecond);
  }
}
