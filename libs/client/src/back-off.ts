/** How {@link BackOff} grows. */
export interface BackOffOptions {
  /** Upper bound of the first delay, 1 or more. */
  readonly baseMs: number;
  /** Upper bound of every delay, `baseMs` or more. */
  readonly maxMs: number;
  /** Uniform in [0, 1); `Math.random` unless a test decides. */
  readonly random?: () => number;
}

/**
 * Delays between attempts, with full jitter: each is uniform between 0 and a bound that doubles from `baseMs` to `maxMs`,
 * so that many peers that lost the same server do not return at the same moment.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  #attempts = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Attempts since the start or the last {@link reset}. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The delay before the next attempt, 0 to `maxMs`, in whole milliseconds. */
  nextDelayMs(): number {
    const { baseMs, maxMs, random = Math.random } = this.#options;
    // 2 ** 1024 is Infinity, which Math.min bounds like any other.
    const boundMs = Math.min(maxMs, baseMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.floor(random() * boundMs);
  }

  /** Starts again from `baseMs`; call it once the peer has proved to be there, not merely reachable. */
  reset(): void {
    this.#attempts = 0;
  }
}
