import type { ErrorCode } from '@sallyport/kernel';
import type { RpcCode } from './rpc-codes.js';

/** How loud an error is in the log. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What one code of the domain looks like from outside. */
export interface Fault {
  /** Status of a refused upgrade, and of a refused call of an agent. */
  readonly http: number;
  /** Code of the RPC façade; its status is in `RPC_CODES`. */
  readonly rpc: RpcCode;
  /** WebSocket close code (docs/protocol.md, "Close codes"). */
  readonly wsClose: number;
  readonly logLevel: LogLevel;
  /** Whether the error's own text may be shown; otherwise the RPC code's text is. */
  readonly isTextForUsers: boolean;
}

const fault = (
  http: number,
  rpc: RpcCode,
  wsClose: number,
  logLevel: LogLevel,
  isTextForUsers = true,
): Fault => ({ http, rpc, wsClose, logLevel, isTextForUsers });

/** The one table from domain errors to answers. */
export const FAULTS: Readonly<Record<ErrorCode, Fault>> = {
  INVALID_ARGUMENT: fault(400, 'InvalidParameter', 1008, 'debug'),
  NEXT_TOKEN_INVALID: fault(400, 'InvalidParameter.NextToken', 1008, 'debug'),
  BAD_FRAME: fault(400, 'InvalidParameter', 1002, 'warn'),
  FRAME_TOO_LARGE: fault(413, 'InvalidParameter', 1009, 'warn'),

  UNAUTHENTICATED: fault(401, 'InvalidAccessKeyId.NotFound', 4401, 'info', false),
  TICKET_INVALID: fault(401, 'InvalidSecurityToken.Malformed', 4401, 'info', false),
  TICKET_EXPIRED: fault(401, 'InvalidSecurityToken.Expired', 4401, 'info', false),
  AGENT_SIGNATURE_INVALID: fault(401, 'SignatureDoesNotMatch', 4401, 'info', false),
  ACTIVATION_REJECTED: fault(403, 'Operation.Forbidden', 4403, 'info'),

  POLICY_DENIED: fault(403, 'Forbidden.RAM', 4403, 'info'),
  TARGET_FORBIDDEN: fault(403, 'Operation.Forbidden', 4403, 'info'),
  SESSION_MANAGER_DISABLED: fault(403, 'UserBehavior.SessionManagerDisabled', 4403, 'info'),

  INSTANCE_NOT_FOUND: fault(404, 'InvalidInstance.NotFound', 4404, 'debug'),
  SESSION_NOT_FOUND: fault(404, 'InvalidSessionId.NotFound', 4404, 'debug'),
  CHANNEL_NOT_FOUND: fault(404, 'InvalidSessionId.NotFound', 4404, 'debug'),
  ACTIVATION_NOT_FOUND: fault(404, 'ActivationId.NotFound', 4404, 'debug'),

  INSTANCE_OFFLINE: fault(409, 'Operation.Forbidden', 4409, 'info'),
  AGENT_TOO_OLD: fault(409, 'Operation.Forbidden', 4409, 'info'),
  FORWARDING_NOT_SUPPORTED: fault(409, 'PortForwarding.NotSupported', 4409, 'info'),
  ACTIVATION_IN_USE: fault(409, 'ActivationId.InUse', 4409, 'info'),
  SESSION_ENDED: fault(410, 'InvalidSessionId.NotFound', 4404, 'debug'),
  SESSION_STATE_CONFLICT: fault(409, 'Operation.Forbidden', 4409, 'info'),
  IDEMPOTENT_PARAMETER_MISMATCH: fault(409, 'IdempotentParameterMismatch', 4409, 'info'),
  IDEMPOTENT_PROCESSING: fault(409, 'IdempotentProcessing', 4409, 'info'),

  QUOTA_EXCEEDED: fault(429, 'SessionCount.ExceedLimit', 4429, 'info'),
  RATE_LIMITED: fault(429, 'Throttling.User', 4429, 'info'),
  SLOW_CONSUMER: fault(503, 'ServiceUnavailable', 1013, 'info'),

  DRAINING: fault(503, 'ServiceUnavailable', 1012, 'info', false),
  DEPENDENCY_UNAVAILABLE: fault(503, 'ServiceUnavailable', 1013, 'error', false),
  INTERNAL: fault(500, 'InternalError', 1011, 'error', false),
};
