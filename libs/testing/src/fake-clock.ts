import type { Clock, Timer } from '@sallyport/kernel';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A {@link Clock} that stands still until the test moves it. */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #pending = new Set<Due>();

  /** @param startMs  first reading, milliseconds since the epoch */
  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const due = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#pending.add(due);
    return { cancel: () => void this.#pending.delete(due) };
  }

  /** Timers that have neither fired nor been cancelled; 0 at the end of a test that leaks none. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves the time on and runs what falls due on the way, earliest first, timers set meanwhile included. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let due = this.#nextUpTo(untilMs); due !== undefined; due = this.#nextUpTo(untilMs)) {
      this.#pending.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
    }
    this.#nowMs = untilMs;
  }

  /** As {@link advance} in steps, letting promises settle between them: for code that awaits between timers. */
  async advanceAsync(ms: number, stepMs = 100): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.advance(Math.min(left, stepMs));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #nextUpTo(untilMs: number): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#pending)
      if (due.atMs <= untilMs && (next === undefined || isBefore(due, next))) next = due;
    return next;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
