/** A request or an upgrade that the server refused, or that did not reach it. */
export class CallError extends Error {
  override readonly name = 'CallError';

  /**
   * @param status        HTTP status of a refusal; undefined when there was no answer
   * @param retryAfterMs  how long the server wants to be left alone, 0 when it does not say
   */
  constructor(
    message: string,
    readonly status?: number,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }

  /** Whether asking again is pointless: the server knows who asks and what for, and says no. */
  get isFinal(): boolean {
    return this.status !== undefined && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

/** How long the server that made `error` wants to be left alone, 0 for any other error. */
export const askedPauseMs = (error: unknown): number => (error instanceof CallError ? error.retryAfterMs : 0);
