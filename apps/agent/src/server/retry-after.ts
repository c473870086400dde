/** Longer than any pause that helps; a clock that is wrong must not silence an agent for days. */
const MAX_MS = 600_000;

/**
 * Reads a `Retry-After` header, seconds or a date.
 * @returns milliseconds from now, 0 (none, unreadable or past) to 600,000
 */
export function parseRetryAfterMs(value: string | undefined, nowMs = Date.now()): number {
  if (value === undefined) return 0;
  // `Date.parse` finds a year in almost any number.
  if (!/^\d+$|^[A-Z]/i.test(value)) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(MAX_MS, Math.max(0, ms));
}
