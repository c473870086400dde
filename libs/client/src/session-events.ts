import type { Exit, PlainStatusCode } from '@sallyport/wire';

/** How a session came to its end, seen from the client. */
export type SessionEnd =
  /** The server closed it; `reason` is the status text, e.g. `Exit`, `IdleTimeout`. */
  | { readonly kind: 'closed'; readonly reason: string }
  /** The server could not or would not open it. */
  | { readonly kind: 'aborted'; readonly reason: string }
  /** The upgrade was answered with an HTTP error. */
  | { readonly kind: 'refused'; readonly httpStatus: number }
  /** No connection could be had in the time allowed. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The server broke the protocol, or said that this end did. */
  | { readonly kind: 'protocol'; readonly reason: string }
  /** `close` was called on this end. */
  | { readonly kind: 'ended' };

/** What a session tells its user. All are called synchronously, in the order of the wire; `closed` is the last. */
export interface SessionEvents {
  /** A status of the server and its reason, `''` when it gave none. */
  status(code: PlainStatusCode, reason: string): void;
  /** The pty or the target is up; stock agents never say so. */
  ready(): void;
  /** Bytes of the other end, each delivered once; the view belongs to the receiver. */
  output(bytes: Uint8Array): void;
  /** A replay began `bytes` later than what had arrived: that much output is lost. */
  outputLost(bytes: number): void;
  /** The shell ended; stock agents never say how. */
  exit(exit: Exit): void;
  /** The target sent its end of file; input still goes to it. */
  targetClosed(): void;
  /** The target could not be reached, or failed. */
  targetError(reason: string): void;
  /** Input may be sent again after `send` had answered false. */
  drained(): void;
  /** The connection is lost and will be dialled again in `delayMs`; `attempt` counts from 1. */
  reconnecting(attempt: number, delayMs: number): void;
  /** The connection is back. */
  resumed(): void;
  closed(end: SessionEnd): void;
}
