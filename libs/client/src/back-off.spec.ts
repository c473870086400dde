import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.js';

const largest = (): number => 1 - Number.EPSILON;

describe('BackOff', () => {
  it('doubles its bound up to the largest', () => {
    const backOff = new BackOff({ baseMs: 100, maxMs: 450, random: largest });
    expect([1, 2, 3, 4, 5].map(() => backOff.nextDelayMs())).toEqual([99, 199, 399, 449, 449]);
  });

  it('begins again after a reset', () => {
    const backOff = new BackOff({ baseMs: 100, maxMs: 450, random: largest });
    backOff.nextDelayMs();
    backOff.nextDelayMs();
    expect(backOff.attempts).toBe(2);
    backOff.reset();
    expect(backOff.attempts).toBe(0);
    expect(backOff.nextDelayMs()).toBe(99);
  });

  it('stays bounded after any number of attempts', () => {
    const backOff = new BackOff({ baseMs: 100, maxMs: 450, random: largest });
    for (let attempt = 0; attempt < 3_000; attempt++) backOff.nextDelayMs();
    expect(backOff.nextDelayMs()).toBe(449);
  });

  it('spreads over the whole range from 0', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const delayMs = new BackOff({ baseMs: 100, maxMs: 450, random: () => random }).nextDelayMs();
        expect(delayMs).toBe(Math.floor(random * 100));
      }),
    );
  });
});
