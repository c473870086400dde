import { err, ok, type Clock, type Result, type SessionId } from '@sallyport/kernel';
import { QuotaLedger, type QuotaScope } from '@sallyport/session';

/** Leases of a single node, each with its expiry. */
export class InMemoryQuotaLedger extends QuotaLedger {
  readonly #scopes = new Map<QuotaScope, Map<SessionId, number>>();

  constructor(private readonly clock: Clock) {
    super();
  }

  override acquire(
    scope: QuotaScope,
    holder: SessionId,
    limit: number,
    ttlMs: number,
  ): Promise<Result<number, number>> {
    const leases = this.#live(scope);
    if (!leases.has(holder) && leases.size >= limit) return Promise.resolve(err(leases.size));
    this.#hold(scope, leases, holder, ttlMs);
    return Promise.resolve(ok(leases.size));
  }

  override renew(scope: QuotaScope, holder: SessionId, ttlMs: number): Promise<void> {
    this.#hold(scope, this.#live(scope), holder, ttlMs);
    return Promise.resolve();
  }

  override release(scope: QuotaScope, holder: SessionId): Promise<void> {
    const leases = this.#scopes.get(scope);
    leases?.delete(holder);
    if (leases?.size === 0) this.#scopes.delete(scope);
    return Promise.resolve();
  }

  override used(scope: QuotaScope): Promise<number> {
    return Promise.resolve(this.#live(scope).size);
  }

  #hold(scope: QuotaScope, leases: Map<SessionId, number>, holder: SessionId, ttlMs: number): void {
    leases.set(holder, this.clock.nowMs() + ttlMs);
    this.#scopes.set(scope, leases);
  }

  /** The scope's leases without those that have expired. */
  #live(scope: QuotaScope): Map<SessionId, number> {
    const leases = this.#scopes.get(scope) ?? new Map<SessionId, number>();
    const nowMs = this.clock.nowMs();
    for (const [holder, expiresAtMs] of leases) if (expiresAtMs <= nowMs) leases.delete(holder);
    return leases;
  }
}
