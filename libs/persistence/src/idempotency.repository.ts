import { IdempotencyStore, type IdempotencyClaim, type IdempotentCall } from '@sallyport/iam';
import type { DatabaseClient } from './database-client.js';

/** Expired rows are harmless; this often they are swept away with a claim. */
const SWEEP_INTERVAL_MS = 3_600_000;

const keyOf = ({ accountId, action, token }: IdempotentCall) => ({ accountId, action, clientToken: token });

/** The row of this very call, unanswered: another call may have taken over its token after it expired. */
const ownClaim = (call: IdempotentCall) => ({
  ...keyOf(call),
  parametersHash: call.parametersHash,
  sealedResult: null,
});

/** Client tokens in PostgreSQL. */
export class PrismaIdempotencyStore extends IdempotencyStore {
  #sweptAtMs = 0;

  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async claim(call: IdempotentCall, nowMs: number, expiresAtMs: number): Promise<IdempotencyClaim> {
    await this.#sweep(nowMs);
    if (await this.#take(call, nowMs, expiresAtMs)) return { kind: 'new' };
    const where = { accountId_action_clientToken: keyOf(call) };
    const row = await this.database.run((prisma) => prisma.idempotency.findUnique({ where }));
    // No row: its owner has just given up; the caller's next try finds the token free.
    if (!row || row.sealedResult === null) return { kind: 'processing' };
    return { kind: 'done', parametersHash: row.parametersHash, sealedResult: row.sealedResult };
  }

  /** Inserts the row, or takes over one that has expired; each is one statement, so one of several callers wins. */
  #take(call: IdempotentCall, nowMs: number, expiresAtMs: number): Promise<boolean> {
    const claim = {
      parametersHash: call.parametersHash,
      sealedResult: null,
      expiresAt: new Date(expiresAtMs),
    };
    const expired = { ...keyOf(call), expiresAt: { lte: new Date(nowMs) } };
    return this.database.run(async ({ idempotency }) => {
      const data = { ...keyOf(call), ...claim };
      if ((await idempotency.createMany({ data, skipDuplicates: true })).count > 0) return true;
      return (await idempotency.updateMany({ where: expired, data: claim })).count > 0;
    });
  }

  override async complete(call: IdempotentCall, sealedResult: string, expiresAtMs: number): Promise<void> {
    const data = { sealedResult, expiresAt: new Date(expiresAtMs) };
    await this.database.run((prisma) => prisma.idempotency.updateMany({ where: ownClaim(call), data }));
  }

  override async abandon(call: IdempotentCall): Promise<void> {
    await this.database.run((prisma) => prisma.idempotency.deleteMany({ where: ownClaim(call) }));
  }

  async #sweep(nowMs: number): Promise<void> {
    if (nowMs - this.#sweptAtMs < SWEEP_INTERVAL_MS) return;
    this.#sweptAtMs = nowMs;
    const where = { expiresAt: { lte: new Date(nowMs) } };
    await this.database.run((prisma) => prisma.idempotency.deleteMany({ where }));
  }
}
