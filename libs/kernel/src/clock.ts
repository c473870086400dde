/** A timer that has not fired yet. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Where the program takes its time from; injected, so that tests and replays decide what time it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Calls `run` once, `delayMs` from now (0 or more). A pending timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const handle: unknown = setTimeout(run, delayMs);
    // Browsers return a number, which has nothing to unref.
    if (typeof handle === 'object' && handle !== null && 'unref' in handle)
      (handle as { unref(): void }).unref();
    return { cancel: () => clearTimeout(handle as number) };
  },
};
