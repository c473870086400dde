import type { Result, SessionId } from '@sallyport/kernel';

/** What is limited: live sessions of an account in a region, or connected sessions of an instance. */
export type QuotaScope = `region:${string}:${string}` | `instance:${string}:${string}`;

/**
 * Who holds how much, as leases: a slot belongs to a live session that renews it, and a crash frees it by expiry, so the
 * number and the list cannot disagree.
 */
export abstract class QuotaLedger {
  /**
   * Takes a slot for `holder`, in one atomic step. Calling again with the same holder renews its slot.
   * @param ttlMs  how long the slot is kept without being renewed
   * @returns how many are used afterwards, or, refused, how many are used
   */
  abstract acquire(
    scope: QuotaScope,
    holder: SessionId,
    limit: number,
    ttlMs: number,
  ): Promise<Result<number, number>>;
  /** Prolongs a slot that is held; takes it again when it had expired, whatever the limit: the session is there. */
  abstract renew(scope: QuotaScope, holder: SessionId, ttlMs: number): Promise<void>;
  /** Idempotent. */
  abstract release(scope: QuotaScope, holder: SessionId): Promise<void>;
  abstract used(scope: QuotaScope): Promise<number>;
}

/** Scope of `sessionsPerRegion`. */
export const regionScope = (accountId: string, region: string): QuotaScope => `region:${accountId}:${region}`;

/** Scope of `sessionsPerInstance`. */
export const instanceScope = (accountId: string, instanceId: string): QuotaScope =>
  `instance:${accountId}:${instanceId}`;
