/** Every way the domain says no. `@sallyport/openapi` maps each to an HTTP status, an RPC code and a close code. */
export type ErrorCode =
  // invalid input
  | 'INVALID_ARGUMENT'
  | 'NEXT_TOKEN_INVALID'
  | 'BAD_FRAME'
  | 'FRAME_TOO_LARGE'
  // who are you
  | 'UNAUTHENTICATED'
  | 'TICKET_INVALID'
  | 'TICKET_EXPIRED'
  | 'AGENT_SIGNATURE_INVALID'
  | 'ACTIVATION_REJECTED'
  // you may not
  | 'POLICY_DENIED'
  | 'TARGET_FORBIDDEN'
  | 'SESSION_MANAGER_DISABLED'
  // not there (also: another tenant's)
  | 'INSTANCE_NOT_FOUND'
  | 'SESSION_NOT_FOUND'
  | 'CHANNEL_NOT_FOUND'
  | 'ACTIVATION_NOT_FOUND'
  // not now
  | 'INSTANCE_OFFLINE'
  | 'AGENT_TOO_OLD'
  | 'FORWARDING_NOT_SUPPORTED'
  | 'ACTIVATION_IN_USE'
  | 'SESSION_ENDED'
  | 'SESSION_STATE_CONFLICT'
  | 'IDEMPOTENT_PARAMETER_MISMATCH'
  | 'IDEMPOTENT_PROCESSING'
  // too much
  | 'QUOTA_EXCEEDED'
  | 'RATE_LIMITED'
  | 'SLOW_CONSUMER'
  // ours
  | 'DRAINING'
  | 'DEPENDENCY_UNAVAILABLE'
  | 'INTERNAL';

/** What may go with an {@link AppError}; all of it may be shown to the caller. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of domain code. It knows no HTTP status and no close code. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;

  /**
   * @param message  for the caller: no secret, no other tenant's id, no key name
   * @param options.cause  what was caught, kept for the log
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: ErrorDetails; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}

/** Whether `error` is an {@link AppError}, with that code when one is named. */
export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code);
