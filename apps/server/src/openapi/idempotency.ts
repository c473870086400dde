import { IdempotencyStore, SecretBox, type IdempotentCall } from '@sallyport/iam';
import { AppError, type AccountId, type Clock } from '@sallyport/kernel';
import { hashParameters, type SuccessBody } from '@sallyport/openapi';

/** How long an answer can be had again. */
const KEEP_MS = 24 * 3_600_000;
/** How long a call counts as being processed: after that its node has failed. */
const PROCESSING_MS = 60_000;

/** Gives a call that is repeated with the same client token its first answer (openapi §13). */
export class Idempotency {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs `call` unless its token has been used. Only successes are kept; answers are sealed, since they hold secrets.
   * @param parameters  everything that the caller has chosen, without the token
   * @throws AppError `IDEMPOTENT_PARAMETER_MISMATCH`, `IDEMPOTENT_PROCESSING`
   */
  async once(
    accountId: AccountId,
    action: string,
    token: string,
    parameters: object,
    call: () => Promise<SuccessBody>,
  ): Promise<SuccessBody> {
    const key: IdempotentCall = { accountId, action, token, parametersHash: hashParameters(parameters) };
    const nowMs = this.clock.nowMs();
    const claim = await this.store.claim(key, nowMs, nowMs + PROCESSING_MS);
    if (claim.kind === 'new') return this.#first(key, call);
    if (claim.kind === 'processing')
      throw new AppError('IDEMPOTENT_PROCESSING', 'The first call with this ClientToken is still running.');
    if (claim.parametersHash !== key.parametersHash)
      throw new AppError('IDEMPOTENT_PARAMETER_MISMATCH', 'This ClientToken was used with other parameters.');
    return JSON.parse(this.box.open(claim.sealedResult, contextOf(key))) as SuccessBody;
  }

  async #first(key: IdempotentCall, call: () => Promise<SuccessBody>): Promise<SuccessBody> {
    try {
      const body = await call();
      const sealed = this.box.seal(JSON.stringify(body), contextOf(key));
      await this.store.complete(key, sealed, this.clock.nowMs() + KEEP_MS);
      return body;
    } catch (error) {
      await this.store.abandon(key).catch(() => undefined);
      throw error;
    }
  }
}

const contextOf = ({ accountId, action, token }: IdempotentCall): string =>
  `idempotency:${accountId}:${action}:${token}`;
