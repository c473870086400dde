import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';

describe("the machine's clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells the time and calls back once, when the time has come', () => {
    const startMs = systemClock.nowMs();
    const calledAtMs: number[] = [];
    systemClock.after(1_500, () => calledAtMs.push(systemClock.nowMs() - startMs));
    vi.advanceTimersByTime(1_499);
    expect(calledAtMs).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(calledAtMs).toEqual([1_500]);
  });

  it('does not call back once cancelled, however often', () => {
    const run = vi.fn();
    const timer = systemClock.after(10, run);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(100);
    expect(run).not.toHaveBeenCalled();
  });

  it('keeps no process alive', () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const timer = systemClock.after(60_000, () => undefined);
    // Only timers that keep the process alive are listed.
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before);
    timer.cancel();
  });
});
