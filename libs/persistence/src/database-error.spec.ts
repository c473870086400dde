import { AppError } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';
import { toAppError } from './database-error.js';
import { Prisma } from './generated/client.js';

const known = (code: string, meta?: Record<string, unknown>) =>
  new Prisma.PrismaClientKnownRequestError('it failed', { code, clientVersion: '7', ...(meta && { meta }) });
const viaAdapter = (kind: string, originalCode: string | undefined) =>
  known('P2010', { driverAdapterError: { cause: { kind, originalCode } } });
const withCode = (code: string) => Object.assign(new Error('refused'), { code });

describe('database error', () => {
  it.each<[string, unknown]>([
    ['an unreachable server', known('P1001')],
    ['a full pool', known('P2024')],
    ['a deadlock', known('P2034')],
    ['a shutdown', viaAdapter('postgres', '57P01')],
    ['a statement that took too long', viaAdapter('postgres', '57014')],
    ['a full disk', viaAdapter('postgres', '53100')],
    ['an unreachable server under raw SQL', viaAdapter('DatabaseNotReachable', undefined)],
    ['a connection closed under raw SQL', viaAdapter('ConnectionClosed', undefined)],
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a missing socket', withCode('ENOENT')],
    ['a lost connection', new Error('Connection terminated unexpectedly')],
    ['a wait for a connection', new Error('timeout exceeded when trying to connect')],
  ])('%s can be tried again', (_what, error) => {
    expect(toAppError(error)).toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: true,
      cause: error,
    });
  });

  it.each<[string, unknown]>([
    ['a duplicate', known('P2002')],
    ['a wrong statement', viaAdapter('postgres', '42601')],
    ['a mistake in the program', new TypeError('x is not a function')],
  ])('%s is internal', (_what, error) => {
    expect(toAppError(error)).toMatchObject({ code: 'INTERNAL', retryable: false, cause: error });
  });

  it('leaves an AppError as it is', () => {
    const error = new AppError('INVALID_ARGUMENT', 'no');
    expect(toAppError(error)).toBe(error);
  });
});
