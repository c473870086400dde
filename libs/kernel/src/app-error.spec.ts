import { expect, it } from 'vitest';
import { AppError, isAppError } from './app-error.js';

it('an AppError keeps what was caught, and may not be retried unless it says so', () => {
  const cause = new Error('down');
  const error = new AppError('QUOTA_EXCEEDED', 'Too many.', {
    cause,
    details: { limit: 3 },
    retryable: true,
  });
  expect(error).toMatchObject({
    name: 'AppError',
    message: 'Too many.',
    details: { limit: 3 },
    retryable: true,
  });
  expect(error.cause).toBe(cause);
  expect(new AppError('INTERNAL', 'x')).toMatchObject({ details: {}, retryable: false });
  expect('cause' in new AppError('INTERNAL', 'x')).toBe(false);
});

it('an AppError is told from other errors, and by its code', () => {
  const error: unknown = new AppError('SESSION_ENDED', 'over');
  expect([isAppError(error), isAppError(error, 'SESSION_ENDED'), isAppError(error, 'INTERNAL')]).toEqual([
    true,
    true,
    false,
  ]);
  for (const other of [new Error('x'), undefined, null, 'SESSION_ENDED', { code: 'SESSION_ENDED' }])
    expect(isAppError(other)).toBe(false);
});
