import { MAX_PAYLOAD_BYTES } from '@sallyport/wire';

/** Largest session header in front of a payload: two ids of 255 bytes and the fixed fields, rounded up. */
const MAX_HEADER_BYTES = 600;

/** A WebSocket message longer than this is refused with 1009 as soon as a header announces it. */
export const MAX_MESSAGE_BYTES = MAX_PAYLOAD_BYTES + MAX_HEADER_BYTES;

/** Longer payloads leave the relay in several messages: 1.02 has 16 bits for the length, and the shaper works on small pieces. */
export const MAX_SLICE_BYTES = 16_384;

/** Input kept for an agent that is not there or not ready; the client is paused from here on. */
export const MAX_EARLY_INPUT_BYTES = 65_536;

/** Output kept for a client that may come back, unacknowledged entries and their overhead together. */
export const MAX_REPLAY_BYTES = 131_072;

/** What an entry of the replay log costs beside its payload: two objects and a backing store. */
export const REPLAY_ENTRY_OVERHEAD_BYTES = 256;

/** A stock agent that prints nothing first is taken as ready this long after its socket opened (spec wire §2.5). */
export const READY_AFTER_MS = 3_000;

/** How often a channel looks after its sockets. */
export const HOUSEKEEPING_MS = 5_000;

/** Distance of WebSocket pings to an end. */
export const PING_EVERY_MS = 20_000;

/** An end from which nothing at all arrived for this long is lost. */
export const SILENCE_MS = 45_000;

/** An end that took nothing for this long while bytes wait is stalled. */
export const STALL_MS = 60_000;

/** A stock shell agent ends its session after 180 s without a message, so it gets one this often. */
export const KEEP_ALIVE_MS = 60_000;

/** How long a finishing channel may take to deliver what the agent has sent. */
export const DELIVERY_MS = 15_000;

/** An agent that stays connected has sent everything when nothing came for this long. */
export const QUIET_MS = 200;

/** How often a finishing channel looks whether it is done. */
export const FINISH_POLL_MS = 20;

/** How long a peer has to answer a close frame before its socket is destroyed. */
export const CLOSE_MS = 2_000;
