import type { AccountId, Clock, SessionId } from '@sallyport/kernel';
import type { SessionChange, SessionStore } from './session-store.port.js';

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;

/**
 * Writes what becomes of sessions, in order for each session. While the database is away the changes of a session are
 * merged into one and tried again, so that running sessions go on and what waits stays bounded by their number.
 */
export class SessionJournal {
  readonly #waiting = new Map<SessionId, { accountId: AccountId; change: SessionChange }>();
  readonly #writing = new Map<SessionId, Promise<void>>();

  constructor(
    private readonly store: SessionStore,
    private readonly clock: Clock,
    private readonly onError: (error: unknown, sessionId: SessionId) => void,
  ) {}

  /** Notes a change; it is written soon, and at the latest before {@link settled} is over. */
  note(accountId: AccountId, id: SessionId, change: SessionChange): void {
    const earlier = this.#waiting.get(id)?.change;
    this.#waiting.set(id, { accountId, change: { ...earlier, ...change } });
    if (!this.#writing.has(id)) this.#writing.set(id, this.#write(id));
  }

  /** Resolves when everything noted so far for the session (or for all) is in the database. */
  async settled(id?: SessionId): Promise<void> {
    await (id ? this.#writing.get(id) : Promise.all(this.#writing.values()));
  }

  async #write(id: SessionId): Promise<void> {
    let delayMs = RETRY_MIN_MS;
    for (let next = this.#take(id); next; next = this.#take(id)) {
      try {
        await this.store.update(next.accountId, id, next.change);
        delayMs = RETRY_MIN_MS;
      } catch (error) {
        this.onError(error, id);
        const newer = this.#waiting.get(id)?.change;
        this.#waiting.set(id, { accountId: next.accountId, change: { ...next.change, ...newer } });
        await new Promise<void>((resolve) => this.clock.after(delayMs, resolve));
        delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
      }
    }
    this.#writing.delete(id);
  }

  #take(id: SessionId): { accountId: AccountId; change: SessionChange } | undefined {
    const next = this.#waiting.get(id);
    this.#waiting.delete(id);
    return next;
  }
}
