/**
 * The client layouts as the public programs themselves read and write them (wire §3.2). Kept apart from
 * `@sallyport/wire`: doubles that shared the product's codec would share its mistakes.
 */
export const ClientMessage = {
  Input: 0,
  Output: 1,
  Resize: 2,
  Close: 3,
  Open: 4,
  Status: 5,
  Sync: 6,
} as const;

/** Status codes (wire §3.4). */
export const ClientStatus = {
  Initial: 0,
  Opening: 1,
  Aborted: 2,
  Opened: 3,
  Closing: 4,
  Closed: 5,
  Exited: 6,
  Stream: 7,
  Frozen: 8,
} as const;

const FIXED_BYTES = 30;

/** A message of either layout; `inputSeq` and `outputSeq` are the two halves of the 1.01 sequence. */
export interface ClientFrame {
  readonly type: number;
  readonly version: string;
  readonly channelId: string;
  readonly instanceId: string;
  readonly createdMs: number;
  readonly inputSeq: number;
  readonly outputSeq: number;
  /** As written in the header: 32 bits in 1.01; in 1.02 16 bits, the encoding and a reserved byte. */
  readonly lengthField: number;
  readonly payload: Buffer;
}

/** Reads a frame. @throws RangeError when it is too short for its own header */
export function readClientFrame(frame: Buffer): ClientFrame {
  const channelEnd = 9 + frame.readUInt8(8);
  const at = channelEnd + 1 + frame.readUInt8(channelEnd);
  return {
    type: frame.readUInt32LE(0),
    version: frame.toString('ascii', 4, 8),
    channelId: frame.toString('ascii', 9, channelEnd),
    instanceId: frame.toString('ascii', channelEnd + 1, at),
    createdMs: Number(frame.readBigUInt64LE(at)),
    inputSeq: frame.readUInt32LE(at + 8),
    outputSeq: frame.readUInt32LE(at + 12),
    lengthField: frame.readUInt32LE(at + 16),
    payload: frame.subarray(at + 20),
  };
}

/** A frame as `ali-instance-cli` writes it: version 1.01, both ids empty, a 64-bit sequence. */
export function writeFrame101(
  type: number,
  sequence: number,
  payload: Uint8Array,
  createdMs = Date.now(),
): Buffer {
  const frame = Buffer.alloc(FIXED_BYTES + payload.length);
  frame.writeUInt32LE(type, 0);
  frame.write('1.01', 4, 'ascii');
  frame.writeBigUInt64LE(BigInt(createdMs), 10);
  frame.writeBigInt64LE(BigInt(sequence), 18);
  frame.writeUInt32LE(payload.length, 26);
  frame.set(payload, FIXED_BYTES);
  return frame;
}

/** What a 1.02 frame is written from. */
export interface Frame102 {
  readonly type: number;
  readonly channelId: string;
  readonly inputSeq: number;
  readonly outputSeq: number;
  readonly payload: Uint8Array;
  readonly createdMs?: number;
}

/** A frame as the browser sample writes it: version 1.02, no instance id, two 32-bit sequences, a 16-bit length. */
export function writeFrame102({
  type,
  channelId,
  inputSeq,
  outputSeq,
  payload,
  createdMs,
}: Frame102): Buffer {
  const at = 10 + channelId.length;
  const frame = Buffer.alloc(FIXED_BYTES + channelId.length + payload.length);
  frame.writeUInt32LE(type, 0);
  frame.write('1.02', 4, 'ascii');
  frame.writeUInt8(channelId.length, 8);
  frame.write(channelId, 9, 'ascii');
  frame.writeBigUInt64LE(BigInt(createdMs ?? Date.now()), at);
  frame.writeUInt32LE(inputSeq, at + 8);
  frame.writeUInt32LE(outputSeq, at + 12);
  frame.writeUInt16LE(payload.length & 0xffff, at + 16);
  frame.set(payload, at + 20);
  return frame;
}

/** The binary resize both clients send: rows, then columns. */
export function resizePayload(rows: number, cols: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeInt16LE(rows, 0);
  payload.writeInt16LE(cols, 2);
  return payload;
}

/** What the CLI prints for code 5 (wire §3.4); other reasons are printed as they are. */
export const CLOSED_LINES: Readonly<Record<string, string>> = {
  Exit: 'Exit: session closed.',
  AgentTimeout: 'AgentTimeout: session closed for agent timeout.',
  InitChannelFailed: 'InitChannelFailed: session closed for init channel failed',
  OpenChannelFailed: 'OpenChannelFailed: session closed for open channel failed.',
  SessionIdDuplicated: 'SessionIdDuplicated: session closed for sessionId is duplicated.',
  ProcessDataError: 'ProcessDataError: session closed for error while process data.',
  OpenPtyFailed: 'OpenPtyFailed: session closed for open pty failed.',
  FlowExceedLimit: 'FlowExceedLimit: session closed for the flow exceeds limit.',
};
