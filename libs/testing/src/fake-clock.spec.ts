import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('runs due timers in order of their time, then of their making', () => {
    const clock = new FakeClock(1_000);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`late@${clock.nowMs()}`));
    clock.after(10, () => ran.push(`first@${clock.nowMs()}`));
    clock.after(10, () => ran.push(`second@${clock.nowMs()}`));
    clock.advance(20);
    expect(ran).toEqual(['first@1010', 'second@1010', 'late@1020']);
    expect(clock.nowMs()).toBe(1_020);
  });

  it('runs a timer set by another one when both fall due', () => {
    const clock = new FakeClock(0);
    const atMs: number[] = [];
    const again = (): void => {
      atMs.push(clock.nowMs());
      if (atMs.length < 3) clock.after(5, again);
    };
    clock.after(5, again);
    clock.advance(14);
    expect(atMs).toEqual([5, 10]);
    clock.advance(1);
    expect(atMs).toEqual([5, 10, 15]);
  });

  it('forgets a cancelled timer', () => {
    const clock = new FakeClock();
    const timer = clock.after(1, () => expect.unreachable());
    timer.cancel();
    timer.cancel();
    clock.advance(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
