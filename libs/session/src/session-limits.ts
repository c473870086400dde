/** What a session may use; of the account, or the deployment's defaults. */
export interface SessionLimits {
  readonly sessionsPerRegion: number;
  readonly sessionsPerInstance: number;
  /** Each direction; 1 kbit = 1,024 bit of payload. */
  readonly bandwidthKbit: number;
}

/** How long things may take (settings `SALLYPORT_SESSION_*`). */
export interface SessionTimes {
  readonly urlTtlMs: number;
  readonly idleTimeoutMs: number;
  readonly maxMs: number;
  readonly resumeMs: number;
}

/** How many channels a session may have at once. */
export const MAX_CHANNELS = 64;
/** How long a slot is kept for a session that nobody renews: the time after which a crash has freed it. */
export const LEASE_TTL_MS = 30_000;
/** How often held slots are renewed. */
export const LEASE_RENEW_MS = 10_000;
/** How long an agent may take from the first kick to its data socket. */
export const OPENING_TIMEOUT_MS = 30_000;
/** First repetition of a kick that no fetch has followed; later ones come after twice the time each. */
export const KICK_REPEAT_MS = 1_000;
/** Longest time between two kicks. */
export const KICK_REPEAT_MAX_MS = 4_000;
/** After this time without data socket or report, a channel that was handed out is handed out again. */
export const HAND_OUT_AGAIN_MS = 8_000;
/** How long an agent may stay away in mid-session: stock agents give up dialling again after about 13 s. */
export const AGENT_RETURN_MS = 15_000;
/** How long the data socket may stay open after the agent has reported the end: output may still be on its way. */
export const AFTER_REPORT_MS = 20_000;
