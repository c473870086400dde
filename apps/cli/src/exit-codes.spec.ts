import { describe, expect, it } from 'vitest';
import { exitCodeOfSignal } from './exit-codes.js';

describe('exitCodeOfSignal', () => {
  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGWHATEVER', 255],
  ])('gives %s the status %i', (signal, status) => {
    expect(exitCodeOfSignal(signal)).toBe(status);
  });
});
