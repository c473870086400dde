import type { Clock } from '@sallyport/kernel';
import { NonceMemory } from '@sallyport/iam';

/** How often expired nonces are thrown away; a claim checks expiry itself, so this bounds memory only. */
const CLEAN_EVERY_MS = 60_000;

/** Nonces of a single node. */
export class InMemoryNonceMemory extends NonceMemory {
  readonly #expiries = new Map<string, number>();
  #cleanAtMs = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  override claim(owner: string, nonce: string, ttlMs: number): Promise<boolean> {
    const nowMs = this.clock.nowMs();
    if (nowMs >= this.#cleanAtMs) this.#clean(nowMs);
    const key = `${owner} ${nonce}`;
    const seenUntilMs = this.#expiries.get(key);
    if (seenUntilMs !== undefined && seenUntilMs > nowMs) return Promise.resolve(false);
    this.#expiries.set(key, nowMs + ttlMs);
    return Promise.resolve(true);
  }

  #clean(nowMs: number): void {
    this.#cleanAtMs = nowMs + CLEAN_EVERY_MS;
    for (const [key, expiresAtMs] of this.#expiries) if (expiresAtMs <= nowMs) this.#expiries.delete(key);
  }
}
