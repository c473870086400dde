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

/** What the adapter calls the same, where it does not tell the driver's own code. */
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
  'TransactionWriteConflict',
]);

interface DriverFacts {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
}

/** What the adapter says about an error of Prisma, or about one of its own. */
function driverFacts(error: object): DriverFacts {
  const { meta, cause } = error as { meta?: { driverAdapterError?: { cause?: unknown } }; cause?: unknown };
  const facts = meta?.driverAdapterError?.cause ?? cause;
  return typeof facts === 'object' && facts !== null ? facts : {};
}

/** Whether a code of Prisma, of Node's sockets or of PostgreSQL says that the database is away or overloaded. */
const isUnavailableCode = (code: unknown): boolean =>
  typeof code === 'string' &&
  (UNAVAILABLE_CODES.has(code) || SOCKET_CODES.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2)));

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  const { kind, originalCode } = driverFacts(error);
  if (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) return true;
  const { code } = error as { code?: unknown };
  return isUnavailableCode(originalCode) || isUnavailableCode(code) || DRIVER_COMPLAINT.test(error.message);
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
