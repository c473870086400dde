import type { Clock, Timer } from '@sallyport/kernel';

/** Seconds of silence, and of life, after which the agent cancels a session (wire §2.5). */
export const IDLE_LIMIT_S = 180;
export const LIFE_LIMIT_S = 10_800;

/** Why a session is cancelled from outside its own work. */
export type Cancellation = 'Notified' | 'Timeout';

/** Counts a session's seconds as the agent does: up by one each second, back to 0 with any message. */
export class SessionLifetime {
  #idleSeconds = 0;
  #seconds = 0;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly expired: () => void,
  ) {}

  start(): void {
    this.#timer = this.clock.after(1_000, () => this.#tick());
  }

  /** A message came, of whatever type. */
  touch(): void {
    this.#idleSeconds = 0;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #tick(): void {
    this.#idleSeconds++;
    this.#seconds++;
    if (this.#idleSeconds > IDLE_LIMIT_S || this.#seconds >= LIFE_LIMIT_S) this.expired();
    else this.start();
  }
}
