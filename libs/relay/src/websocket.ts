/** WebSocket opcodes (RFC 6455 §5.2); 3–7 and 11–15 are reserved. */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

/** What stands in for the code of a close frame that has none. */
export const NO_CLOSE_CODE = 1005;

const FIN = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MAX_LENGTH_16 = 0xffff;

/** Whether a peer may put `code` into a close frame: assigned for that, or free for applications. */
export const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
  (code >= 3000 && code <= 4999);

/**
 * A whole, unmasked frame, as servers send them.
 * @param payload  copied; up to 4 GiB, up to 125 bytes for control frames
 */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const headerBytes = frameHeaderBytes(payload.length);
  const frame = new Uint8Array(headerBytes + payload.length);
  frame[0] = FIN | opcode;
  putLength(frame, payload.length);
  frame.set(payload, headerBytes);
  return frame;
}

function frameHeaderBytes(length: number): number {
  if (length < LENGTH_16) return 2;
  return length <= MAX_LENGTH_16 ? 4 : 10;
}

function putLength(frame: Uint8Array, length: number): void {
  if (length < LENGTH_16) {
    frame[1] = length;
  } else if (length <= MAX_LENGTH_16) {
    frame[1] = LENGTH_16;
    frame[2] = length >>> 8;
    frame[3] = length;
  } else {
    frame[1] = LENGTH_64;
    new DataView(frame.buffer).setUint32(6, length);
  }
}

/** A close frame; `NO_CLOSE_CODE` makes one without a code. */
export const encodeClose = (code: number): Uint8Array<ArrayBuffer> =>
  encodeFrame(
    Opcode.Close,
    code === NO_CLOSE_CODE ? new Uint8Array(0) : Uint8Array.of(code >>> 8, code & 0xff),
  );
