import { AppError } from '@sallyport/kernel';
import { Prisma } from './generated/client.js';

/** Prisma's codes for a database that cannot be reached or cannot answer now; deadlocks and full pools among them. */
const UNAVAILABLE_CODES = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);
/**
 * Classes of SQLSTATE that say the same (PostgreSQL, appendix A): connection, transaction rollback, resources, operator
 * intervention, system error.
 */
const UNAVAILABLE_CLASSES = new Set(['08', '40', '53', '57', '58']);
/** The driver's own errors have no code. */
const DRIVER_COMPLAINT =
  /connection (terminated|ended|closed)|timeout exceeded|read timeout|client has encountered a connection error|not queryable/i;
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);

/** SQLSTATE (or Node's code of a socket error) of whatever the driver or its adapter raised. */
function originalCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { meta, code, cause } = error as { meta?: Record<string, unknown>; code?: unknown; cause?: unknown };
  const adapterCause = (meta?.['driverAdapterError'] as { cause?: unknown } | undefined)?.cause ?? cause;
  const original =
    (adapterCause as { originalCode?: unknown } | undefined)?.originalCode ?? meta?.['code'] ?? code;
  return typeof original === 'string' ? original : undefined;
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && UNAVAILABLE_CODES.has(error.code)) return true;
  const code = originalCode(error);
  if (code !== undefined && (SOCKET_CODES.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2))))
    return true;
  return error instanceof Error && DRIVER_COMPLAINT.test(error.message);
}

/**
 * What the domain is told: `DEPENDENCY_UNAVAILABLE` (retryable) when the database is away or overloaded, else
 * `INTERNAL`. The original goes along as the cause. AppErrors pass.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isUnavailable(error))
    return new AppError('DEPENDENCY_UNAVAILABLE', 'The database is not available.', {
      cause: error,
      retryable: true,
    });
  return new AppError('INTERNAL', 'The database refused a statement.', { cause: error });
}
