/** Below this, a stock agent or CLI divides by zero: the agent's whole process ends. */
export const MIN_FLOW_LIMIT_BPS = 16_384;

/** The status payload has four bytes. */
export const MAX_FLOW_LIMIT_BPS = 0xffff_ffff;

/** The rate, in bit/s, that a stock end may be told for a limit of `bitsPerSecond` (fractions are dropped). */
export const clampFlowLimit = (bitsPerSecond: number): number =>
  Math.min(Math.max(Math.floor(bitsPerSecond), MIN_FLOW_LIMIT_BPS), MAX_FLOW_LIMIT_BPS);
