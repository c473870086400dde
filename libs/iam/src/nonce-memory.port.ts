/** Remembers the nonces of signed requests, so that a captured request cannot be sent again. */
export abstract class NonceMemory {
  /**
   * Notes `nonce` for `owner` (an access key or an instance).
   * @param ttlMs how long it is remembered: at least the whole window in which its request's time is accepted
   * @returns whether it had not been seen before
   */
  abstract claim(owner: string, nonce: string, ttlMs: number): Promise<boolean>;
}
