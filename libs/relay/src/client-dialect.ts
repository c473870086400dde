import { encodeClient101, encodeClient102, encodeOwn, type ClientLayout } from '@sallyport/wire';

/** How a client was announced by its upgrade; the first message decides for `unknown`. */
export type ClientHint = 'unknown' | 'client-1.01' | 'own-1.03';

/** A client's layout as far as it is known: `unknown` is spoken to in 1.02, which 1.01 clients can read as well. */
export type ClientDialect = ClientLayout | 'unknown';

/** A message for a client, with what any of the layouts may want to say. */
export interface ClientMessage {
  readonly type: number;
  readonly channelId: string;
  /** Ms since the epoch, 1 or more. */
  readonly createdMs: number;
  /** Highest input sequence consumed. */
  readonly inputSeq: number;
  /** Number of this Output, or of the last one. */
  readonly outputSeq: number;
  /** Output bytes before this message. */
  readonly position: number;
  /** Up to 65,535 bytes. */
  readonly payload: Uint8Array;
}

/** Whether a client of this layout may come back to its channel. `unknown` may still turn out to be one. */
export const canResume = (dialect: ClientDialect): boolean => dialect !== 'client-1.01';

/** The frame by which a client of that layout gets `message`. Sequence numbers of 1.02 wrap after 2^32. */
export function encodeForClient(dialect: ClientDialect, message: ClientMessage): Uint8Array {
  const { type, channelId, createdMs, payload } = message;
  const outputSeq = message.outputSeq >>> 0;
  switch (dialect) {
    case 'client-1.01':
      return encodeClient101({ type, createdMs, sequence: outputSeq, payload });
    case 'own-1.03':
      return encodeOwn({ type, position: message.position, payload });
    case 'client-1.02':
    case 'unknown':
      return encodeClient102({ type, channelId, createdMs, inputSeq: message.inputSeq, outputSeq, payload });
  }
}
