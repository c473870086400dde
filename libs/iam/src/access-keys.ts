import { AppError, type AccessKeyId } from '@sallyport/kernel';
import type { AccessKeyRecord, AccountStore } from './account-store.port.js';
import { rootPrincipal, type Principal } from './principal.js';
import type { SecretBox } from './secret-box.js';

/** An access key that may be used now, with the secret that its requests are signed with. */
export interface UsableKey {
  readonly status: 'Active' | 'Inactive';
  readonly secret: string;
  readonly principal: Principal;
}

/** Text that binds a sealed secret to its row. */
export const accessKeyContext = (id: AccessKeyId): string => `access-key:${id}`;

/** How long a key that was read is used without being read again: a disabled key stops working within this time. */
const CACHE_MS = 2_000;
/** Bound of the cache; above it the oldest entry goes. */
const CACHE_ENTRIES = 10_000;

/** Finds access keys by id and opens their secrets. */
export class AccessKeys {
  readonly #cache = new Map<AccessKeyId, { readonly key: UsableKey; readonly untilMs: number }>();

  constructor(
    private readonly store: AccountStore,
    private readonly box: SecretBox,
    private readonly nowMs: () => number,
  ) {}

  /**
   * @returns undefined for a key that does not exist
   * @throws AppError `DEPENDENCY_UNAVAILABLE`
   */
  async find(id: AccessKeyId): Promise<UsableKey | undefined> {
    const cached = this.#cache.get(id);
    if (cached && cached.untilMs > this.nowMs()) return cached.key;
    const record = await this.store.findAccessKey(id);
    this.#cache.delete(id);
    if (!record) return undefined;
    const key = this.#open(record);
    this.#remember(id, key);
    return key;
  }

  #open(record: AccessKeyRecord): UsableKey {
    const secret = this.box.open(record.sealedSecret, accessKeyContext(record.id));
    if (secret === '') throw new AppError('INTERNAL', 'an access key has no secret');
    return { status: record.status, secret, principal: rootPrincipal(record.accountId, record.id) };
  }

  #remember(id: AccessKeyId, key: UsableKey): void {
    if (this.#cache.size >= CACHE_ENTRIES) {
      const oldest = this.#cache.keys().next();
      if (!oldest.done) this.#cache.delete(oldest.value);
    }
    this.#cache.set(id, { key, untilMs: this.nowMs() + CACHE_MS });
  }
}
