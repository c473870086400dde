import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Spinner } from './spinner.js';

const CLEAR = '\r\u001b[2K';

function setUp(isTTY: boolean) {
  const written: string[] = [];
  return { written, spinner: new Spinner({ isTTY, write: (text) => written.push(text) }) };
}

describe('Spinner', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('shows nothing of a short wait', () => {
    const { spinner, written } = setUp(true);
    spinner.start('Waiting');
    vi.advanceTimersByTime(149);
    spinner.stop();
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([]);
  });

  it('moves, and leaves a clear line', () => {
    const { spinner, written } = setUp(true);
    spinner.start('Waiting');
    vi.advanceTimersByTime(150 + 80);
    spinner.stop();
    spinner.stop();
    expect(written).toEqual([`${CLEAR}⠋ Waiting`, `${CLEAR}⠙ Waiting`, CLEAR]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is silent where there is no terminal', () => {
    const { spinner, written } = setUp(false);
    spinner.start('Waiting');
    vi.advanceTimersByTime(10_000);
    spinner.stop();
    expect(written).toEqual([]);
  });
});
