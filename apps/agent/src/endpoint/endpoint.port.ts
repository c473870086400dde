import type { Exit, TerminalSize } from '@sallyport/wire';

/** How a shell or a target ended by itself. */
export type EndpointEnd =
  | { readonly kind: 'exited'; readonly exit: Exit }
  /** A target that closed both directions. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What the owner of an {@link Endpoint} hears; nothing after `ended`, or after it called `close`. */
export interface EndpointEvents {
  /** Bytes in order; the view belongs to the receiver. Also after `pause`, for what was under way. */
  data(bytes: Uint8Array): void;
  /** Input may go on. */
  drained(): void;
  /** The target sent its last byte; its other direction stays open. */
  halfClosed(): void;
  /** Once, after all data. */
  ended(end: EndpointEnd): void;
}

/** The far end of a channel on this machine: a shell behind a pseudo-terminal, or a TCP connection. */
export interface Endpoint {
  /** Queues input; the bytes are not changed afterwards. @returns false when the caller should wait for `drained` */
  write(bytes: Uint8Array): boolean;
  /** Shells only. */
  resize(size: TerminalSize): void;
  pause(): void;
  resume(): void;
  /** Ends it from this side, politely first, for certain within seconds. */
  close(): Promise<void>;
}

/** An endpoint that cannot be had: what is reported to the server (spec wire §1.10), and why in words for people. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';

  constructor(
    readonly errorCode: 'Open_pty_failed' | 'Open_port_failed',
    reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}
