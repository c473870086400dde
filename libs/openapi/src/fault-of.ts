import { AppError, isAppError } from '@sallyport/kernel';
import { FAULTS, type LogLevel } from './faults.js';
import { RPC_CODES, type RpcCode } from './rpc-codes.js';
import { RpcError, type RpcErrorExtras } from './rpc-error.js';

/** A failed RPC call, ready to be answered and logged. */
export interface RpcFault {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Safe to be shown; never the text of an unexpected error. */
  readonly message: string;
  readonly extras: RpcErrorExtras;
  /** Whole seconds for `x-acs-retry-after`; undefined when waiting does not help. */
  readonly retryAfterS: number | undefined;
  readonly logLevel: LogLevel;
}

/** Said when an error that passes by itself names no time. */
const RETRY_AFTER_S = 5;
const DENIED_ELSEWHERE: RpcCode = 'NoPermission';
const VERSIONS_THAT_DENY_AS_ECS = new Set<string | undefined>([undefined, '2014-05-26']);

/**
 * Turns whatever was thrown into an answer. Unknown errors become `InternalError` without any detail.
 * @param version  product version of the call: RAM and STS name a denial differently from ECS
 */
export function faultOf(error: unknown, version?: string): RpcFault {
  if (error instanceof RpcError) return faultOfRpc(error);
  const known = error instanceof AppError ? error : new AppError('INTERNAL', '');
  const { logLevel, isTextForUsers } = FAULTS[known.code];
  const code = codeOf(known, version);
  const [status, text] = RPC_CODES[code];
  return {
    code: parameterCode(known, code),
    status,
    message: isTextForUsers ? messageOf(known) : text,
    extras: extrasOf(known),
    retryAfterS: retryAfterOf(known, status),
    logLevel,
  };
}

const faultOfRpc = ({ code, status, message, extras }: RpcError): RpcFault => ({
  code,
  status,
  message,
  extras,
  retryAfterS: status === 503 ? RETRY_AFTER_S : undefined,
  logLevel: status >= 500 ? 'error' : 'debug',
});

const codeOf = (error: AppError, version: string | undefined): RpcCode =>
  error.code === 'POLICY_DENIED' && !VERSIONS_THAT_DENY_AS_ECS.has(version)
    ? DENIED_ELSEWHERE
    : FAULTS[error.code].rpc;

/** An invalid argument that names its parameter gets the product's variant of the code. */
function parameterCode(error: AppError, code: RpcCode): string {
  const { parameter } = error.details;
  return error.code === 'INVALID_ARGUMENT' && typeof parameter === 'string' ? `${code}.${parameter}` : code;
}

function messageOf(error: AppError): string {
  const { limit, value, used } = error.details;
  if (error.code !== 'QUOTA_EXCEEDED' || limit === undefined) return error.message;
  return `The limit ${limit} is reached: its value is ${value ?? 'unknown'}, ${used ?? 'all'} in use.`;
}

function extrasOf(error: AppError): RpcErrorExtras {
  const { action } = error.details;
  if (error.code !== 'POLICY_DENIED' || typeof action !== 'string') return {};
  return { AccessDeniedDetail: { AuthAction: action, NoPermissionType: 'ImplicitDeny' } };
}

function retryAfterOf(error: AppError, status: number): number | undefined {
  if (status !== 503 && !isAppError(error, 'RATE_LIMITED')) return undefined;
  const { retryAfterMs } = error.details;
  return typeof retryAfterMs === 'number' ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : RETRY_AFTER_S;
}
