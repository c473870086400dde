import { AppError, type AccountId, type Clock, type SessionId } from '@sallyport/kernel';
import type { SessionStore } from './session-store.port.js';
import { isEnded, type EndReason } from './session.machine.js';

/** Where live sessions are ended. */
export interface SessionEnder {
  /** @returns whether the session is there, once its record says what became of it or cannot soon */
  end(id: SessionId, reason: EndReason): Promise<boolean>;
}

/** Ends a session for good; its URL stops working. */
export class EndSession {
  constructor(
    private readonly sessions: SessionStore,
    private readonly ender: SessionEnder,
    private readonly clock: Clock,
  ) {}

  /** Idempotent. @throws AppError `SESSION_NOT_FOUND` */
  async execute(accountId: AccountId, id: SessionId, reason: EndReason): Promise<void> {
    const record = await this.sessions.find(accountId, id);
    if (!record) throw new AppError('SESSION_NOT_FOUND', 'There is no such session.');
    if (isEnded(record.state) || (await this.ender.end(id, reason))) return;
    await this.sessions.update(accountId, id, {
      state: record.state === 'created' || record.state === 'opening' ? 'aborted' : 'closed',
      endedAtMs: this.clock.nowMs(),
      endReason: reason,
    });
  }
}
