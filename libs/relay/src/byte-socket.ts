/** What the owner of a {@link ByteSocket} hears. */
export interface ByteSocketHandlers {
  /** The view is the relay's during the call: it is unmasked in place, and whatever is kept longer is copied. */
  data(view: Uint8Array): void;
  /** All that was written has been taken, after a `write` that said `false`. */
  drain(): void;
  /** Nothing more will come or go, for whatever cause; called once. */
  closed(): void;
}

/** The raw socket after a completed WebSocket upgrade. It has one owner, which binds its handlers once. */
export interface ByteSocket {
  /**
   * Hands bytes over; they are not changed by the relay afterwards.
   * @returns false when the caller has to wait for `drain` before it writes more
   */
  write(bytes: Uint8Array): boolean;
  /** No `data` until `resume`, except bytes that were on their way already. */
  pause(): void;
  resume(): void;
  /** FIN, after everything written. */
  end(): void;
  destroy(): void;
  /** Bytes that came with the upgrade, if any, arrive through `data` first, on a later turn. */
  bind(handlers: ByteSocketHandlers): void;
}
