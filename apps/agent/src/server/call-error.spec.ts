import { describe, expect, it } from 'vitest';
import { CallError, askedPauseMs } from './call-error.js';

describe('CallError', () => {
  it.each([
    [undefined, false],
    [400, true],
    [401, true],
    [404, true],
    [408, false],
    [429, false],
    [499, true],
    [500, false],
    [503, false],
  ])('with status %s is final: %s', (status, isFinal) => {
    expect(new CallError('no', status).isFinal).toBe(isFinal);
  });

  it('tells the pause that the server asked for; other errors ask for none', () => {
    expect(askedPauseMs(new CallError('later', 503, 7_000))).toBe(7_000);
    expect(askedPauseMs(new Error('broken'))).toBe(0);
  });
});
