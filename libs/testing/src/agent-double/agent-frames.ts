/**
 * The session frames as the stock agent itself reads and writes them (wire §2.3), leniency and fatal lengths
 * included. Kept apart from `@sallyport/wire`: a double that shared the product's codec would share its mistakes.
 */
export const AgentMessage = {
  Input: 0,
  Output: 1,
  Resize: 2,
  Close: 3,
  Open: 4,
  Status: 5,
  Sync: 6,
} as const;

const HEADER_BYTES = 60;

/** A message to the agent. The agent looks at nothing else of the header. */
export interface IncomingMessage {
  readonly type: number;
  readonly createdMs: bigint;
  readonly payload: Buffer;
}

/** What the agent makes of a frame: a message, a log line, or the end of the goroutine that reads. */
export type ReadOutcome =
  | { readonly kind: 'message'; readonly message: IncomingMessage }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'reader-dies'; readonly why: string };

/** Reads a frame with the agent's own checks (wire §2.3, T3, T15). */
export function readAgentFrame(frame: Buffer): ReadOutcome {
  if (frame.length < 57) return { kind: 'ignored', why: `frame of ${frame.length} bytes` };
  if (frame.length < HEADER_BYTES)
    return { kind: 'reader-dies', why: `frame of ${frame.length} bytes: slice out of range` };
  const createdMs = frame.readBigUInt64LE(40);
  if (createdMs === 0n) return { kind: 'ignored', why: 'created is 0' };
  const message = { type: frame.readUInt32LE(0), createdMs, payload: frame.subarray(HEADER_BYTES) };
  return { kind: 'message', message };
}

/**
 * Writes an Output message. The length is checked when it is sent, not here.
 * @throws RangeError for a channel id of more than 32 bytes
 */
export function writeOutput(
  channelId: string,
  sequence: number,
  createdMs: number,
  payload: Uint8Array,
): Buffer {
  if (Buffer.byteLength(channelId) > 32) throw new RangeError('channel id is longer than 32 bytes');
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(AgentMessage.Output, 0);
  frame.write('1.01', 4, 'ascii');
  frame.write(channelId.padEnd(32, ' '), 8, 'ascii');
  frame.writeBigUInt64LE(BigInt(createdMs), 40);
  frame.writeBigInt64LE(BigInt(sequence), 48);
  frame.writeUInt32LE(payload.length, 56);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** What is known of a channel id and a sequence in a frame; for tests that look at frames sent. */
export function describeAgentFrame(frame: Buffer): {
  type: number;
  version: string;
  channelField: string;
  sequence: bigint;
  length: number;
} {
  return {
    type: frame.readUInt32LE(0),
    version: frame.toString('ascii', 4, 8),
    channelField: frame.toString('ascii', 8, 40),
    sequence: frame.readBigInt64LE(48),
    length: frame.readUInt32LE(56),
  };
}

/** The rate in a code 7 status, bit/s; `undefined` for any other status payload. Big-endian, 1 to 4 bytes. */
export function readRate(payload: Buffer): number | undefined {
  if (payload[0] !== 7 || payload.length < 2 || payload.length > 5) return undefined;
  return payload.readUIntBE(1, payload.length - 1);
}

/** The size in a resize message; `undefined` where the agent logs an error, as it does for the binary form. */
export function readResize(payload: Buffer): { cols: number; rows: number } | undefined {
  try {
    const size = JSON.parse(payload.toString('utf8')) as { cols?: unknown; rows?: unknown } | null;
    if (typeof size?.cols !== 'number' || typeof size.rows !== 'number') return undefined;
    return { cols: size.cols, rows: size.rows };
  } catch {
    return undefined;
  }
}
