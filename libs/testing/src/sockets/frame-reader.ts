/** One WebSocket frame, unmasked. */
export interface RawFrame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

/** WebSocket opcodes (RFC 6455 §5.2). */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

/** Cuts a byte stream into WebSocket frames, masked or not. For tests: no bounds, one copy for each frame. */
export class FrameReader {
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** Takes the next bytes of the stream and returns the frames that are whole now. */
  push(bytes: Buffer): RawFrame[] {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    const frames: RawFrame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): RawFrame | undefined {
    const header = this.#header();
    if (header === undefined || this.#heldBytes < header.at + header.length) return undefined;
    const bytes = this.#joined();
    const payload = Buffer.from(bytes.subarray(header.at, header.at + header.length));
    if (header.mask) applyMask(payload, header.mask);
    this.#held = [bytes.subarray(header.at + header.length)];
    this.#heldBytes -= header.at + header.length;
    return { opcode: header.opcode, isFinal: header.isFinal, payload };
  }

  #header():
    { opcode: number; isFinal: boolean; at: number; length: number; mask: Buffer | undefined } | undefined {
    if ((this.#held[0]?.length ?? 0) < 14) this.#joined();
    const bytes = this.#held[0];
    if (bytes === undefined || bytes.length < 2) return undefined;
    const first = bytes.readUInt8(0);
    const second = bytes.readUInt8(1);
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const isMasked = (second & 0x80) !== 0;
    const at = 2 + lengthBytes + (isMasked ? 4 : 0);
    if (bytes.length < at) return undefined;
    const length =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? bytes.readUInt16BE(2)
          : Number(bytes.readBigUInt64BE(2));
    const mask = isMasked ? bytes.subarray(at - 4, at) : undefined;
    return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, at, length, mask };
  }

  #joined(): Buffer {
    const bytes = this.#held.length === 1 && this.#held[0] ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [bytes];
    return bytes;
  }
}

/** How {@link encodeFrame} departs from an ordinary client frame. */
export interface FrameOptions {
  /** `false` for the first parts of a fragmented message. */
  readonly isFinal?: boolean;
  /** `false` breaks the rule for clients (RFC 6455 §5.1). */
  readonly isMasked?: boolean;
  /** Bits RSV1 to RSV3 as 4, 2, 1; 0 without an extension. */
  readonly reserved?: number;
}

/** A WebSocket frame as bytes, masked with a fixed key unless told otherwise. */
export function encodeFrame(opcode: number, payload: Uint8Array, options: FrameOptions = {}): Buffer {
  const isMasked = options.isMasked ?? true;
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + lengthBytes + (isMasked ? 4 : 0));
  head[0] = ((options.isFinal ?? true) ? 0x80 : 0) | ((options.reserved ?? 0) << 4) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(payload.length), 2);
  if (!isMasked) return Buffer.concat([head, payload]);
  MASK.copy(head, head.length - 4);
  const masked = Buffer.from(payload);
  applyMask(masked, MASK);
  return Buffer.concat([head, masked]);
}

const MASK = Buffer.from([0x5a, 0x11, 0xc3, 0x7e]);

function applyMask(bytes: Buffer, mask: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (mask[i & 3] ?? 0);
}
