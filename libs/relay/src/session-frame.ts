import { decode, type Layout, type Message } from '@sallyport/wire';
import type { ViolationCode } from './relay-events.js';

/** A message of one end, or the rule that its bytes break. */
export type Received =
  | { readonly ok: true; readonly value: Message }
  | { readonly ok: false; readonly code: ViolationCode; readonly reason: string };

/** A {@link Received} that breaks a rule. `reason` is fixed text. */
export const refused = (reason: string, code: ViolationCode = 1002): Received => ({
  ok: false,
  code,
  reason,
});

/** Reads a message that belongs on `channelId`: it names that channel or none. */
export function receive(layout: Layout, frame: Uint8Array, channelId: string): Received {
  const decoded = decode(layout, frame, channelId);
  if (!decoded.ok) return refused(decoded.error.message, decoded.error.code === 'too-large' ? 1009 : 1002);
  const named = decoded.value.channelId;
  return named === '' || named === channelId ? decoded : refused('the channel id is of another channel');
}
