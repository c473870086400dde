import type { AccountId } from '@sallyport/kernel';

/** One use of a client token: which call it was first used for. */
export interface IdempotentCall {
  readonly accountId: AccountId;
  readonly action: string;
  /** The caller's `ClientToken`, 1 to 64 ASCII characters. */
  readonly token: string;
  /** Hash of the business parameters; the same token with another hash is a mistake of the caller. */
  readonly parametersHash: string;
}

/** What is known of a client token. `processing` also covers a call that never finished, until its claim expires. */
export type IdempotencyClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'processing' }
  | { readonly kind: 'done'; readonly parametersHash: string; readonly sealedResult: string };

/** Client tokens and the answers that were given to them. */
export abstract class IdempotencyStore {
  /** Claims the token in one atomic step. An expired row counts as absent. */
  abstract claim(call: IdempotentCall, nowMs: number, expiresAtMs: number): Promise<IdempotencyClaim>;
  /** Stores the answer of a claimed call. */
  abstract complete(call: IdempotentCall, sealedResult: string, expiresAtMs: number): Promise<void>;
  /** Forgets a claim whose call failed, so that it can be tried again. */
  abstract abandon(call: IdempotentCall): Promise<void>;
}
