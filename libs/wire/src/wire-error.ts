import type { Message } from './message.js';

/** Why bytes are not a message. */
export type WireErrorCode =
  | 'too-short'
  | 'too-large'
  | 'wrong-version'
  | 'unknown-type'
  | 'bad-channel-id'
  | 'bad-length'
  | 'bad-encoding'
  | 'bad-stream'
  | 'bad-position';

/** A refusal to decode. `message` is fixed text for logs; it never repeats what was received. */
export interface WireError {
  readonly code: WireErrorCode;
  readonly message: string;
}

/** What decoding gives; nothing is thrown. */
export type Decoded =
  { readonly ok: true; readonly value: Message } | { readonly ok: false; readonly error: WireError };

const MESSAGES: Record<WireErrorCode, string> = {
  'too-short': 'the frame ends inside its header',
  'too-large': 'the payload is over 1 MiB',
  'wrong-version': 'the version text is not the one of this layout',
  'unknown-type': 'this layout has no such message type',
  'bad-channel-id': 'the channel id is over 32 bytes or not printable ASCII',
  'bad-length': 'the declared payload length is not the length of the payload',
  'bad-encoding': 'the encoding and reserved bytes are not 0',
  'bad-stream': 'the stream number is not 0',
  'bad-position': 'the position is over 2^53 - 1',
};

/** A failed {@link Decoded}. */
export const refuse = (code: WireErrorCode): Decoded => ({
  ok: false,
  error: { code, message: MESSAGES[code] },
});
