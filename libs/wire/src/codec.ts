import { decodeAgent, encodeAgent } from './agent-layout.js';
import { u32 } from './bytes.js';
import { decodeClient, encodeClient101, encodeClient102 } from './client-layout.js';
import { VERSION_101, VERSION_102, VERSION_103, VERSION_AT } from './header.js';
import type { ClientLayout, Layout, Message } from './message.js';
import { decodeOwn, encodeOwn } from './own-layout.js';
import type { Decoded } from './wire-error.js';

/**
 * Decodes the payload of one binary WebSocket message. Never throws, copies no payload, and reads no byte of it.
 * @param expectedChannelId  the channel that the socket belongs to: a frame that names it makes no new string.
 *   A frame that names another is decoded all the same; comparing is the caller's part
 */
export function decode(layout: Layout, frame: Uint8Array, expectedChannelId = ''): Decoded {
  switch (layout) {
    case 'agent-1.01':
      return decodeAgent(frame, expectedChannelId);
    case 'client-1.01':
    case 'client-1.02':
      return decodeClient(layout, frame, expectedChannelId);
    case 'own-1.03':
      return decodeOwn(frame);
  }
}

/**
 * Encodes a message, in one allocation; the opposite of {@link decode} but for the instance id, which no one
 * reads. Fields that the layout does not have are left out.
 * @throws RangeError where a field is out of the layout's range
 */
export function encode(layout: Layout, message: Message): Uint8Array<ArrayBuffer> {
  switch (layout) {
    case 'agent-1.01':
      return encodeAgent(message);
    case 'client-1.01':
      return encodeClient101(message);
    case 'client-1.02':
      return encodeClient102(message);
    case 'own-1.03':
      return encodeOwn({ type: message.type, position: message.sequence, payload: message.payload });
  }
}

const CLIENT_LAYOUTS = new Map<number, ClientLayout>([
  [VERSION_101, 'client-1.01'],
  [VERSION_102, 'client-1.02'],
  [VERSION_103, 'own-1.03'],
]);

/** The layout that a client's frame claims by its version text; undefined for any other text or none. */
export const detectClientLayout = (frame: Uint8Array): ClientLayout | undefined =>
  frame.length < VERSION_AT + 4 ? undefined : CLIENT_LAYOUTS.get(u32(frame, VERSION_AT));
