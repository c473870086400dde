import type { Clock } from '@sallyport/kernel';
import { FINISH_POLL_MS, QUIET_MS } from './bounds.js';

/** What {@link delivered} looks at. */
export interface Delivery {
  readonly clock: Clock;
  /** Longest wait. */
  readonly withinMs: number;
  /** Whether waiting makes any sense. */
  isPossible(): boolean;
  /** Whether nothing is left to deliver, where an agent counts as done that was quiet since `quietSinceMs`. */
  isDone(quietSinceMs: number): boolean;
}

/** Waits until the agent's last output has reached the client. Resolves in any case, within the time given. */
export function delivered(delivery: Delivery): Promise<void> {
  const { clock } = delivery;
  const untilMs = clock.nowMs() + delivery.withinMs;
  return new Promise((resolve) => {
    const look = (): void => {
      const nowMs = clock.nowMs();
      const isOver = nowMs >= untilMs || !delivery.isPossible() || delivery.isDone(nowMs - QUIET_MS);
      if (isOver) resolve();
      else clock.after(FINISH_POLL_MS, look);
    };
    look();
  });
}
