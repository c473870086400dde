import type { ByteSocket, ByteSocketHandlers } from './byte-socket.js';
import { Opcode } from './websocket.js';

/** A frame that the relay wrote. */
export interface WrittenFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** How a test wants a frame of a peer to be. */
export interface PeerFrame {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  /** RSV1–3 as the bits 0x70 of the first byte. */
  readonly rsv?: number;
  readonly isMasked?: boolean;
}

const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A frame as a peer sends it: masked unless told otherwise, with the shortest length field. */
export function peerFrame(payload: Uint8Array, frame: PeerFrame = {}): Uint8Array {
  const { opcode = Opcode.Binary, isFinal = true, rsv = 0, isMasked = true } = frame;
  const head = [(isFinal ? 0x80 : 0) | rsv | opcode, ...lengthField(payload.length)];
  if (isMasked) {
    head[1] = (head[1] as number) | 0x80;
    head.push(...MASK);
  }
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(isMasked ? payload.map((byte, at) => byte ^ (MASK[at & 3] as number)) : payload, head.length);
  return bytes;
}

function lengthField(length: number): number[] {
  if (length < 126) return [length];
  if (length <= 0xffff) return [126, length >>> 8, length & 0xff];
  const field = new Uint8Array(9);
  field[0] = 127;
  new DataView(field.buffer).setUint32(5, length);
  return [...field];
}

function readLength(bytes: Uint8Array): [length: number, at: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const short = (bytes[1] as number) & 0x7f;
  if (short < 126) return [short, 2];
  return short === 126 ? [view.getUint16(2), 4] : [view.getUint32(6), 10];
}

/** A raw socket in the hands of a test, which is the peer and the network. Everything happens synchronously. */
export class FakeByteSocket implements ByteSocket {
  readonly writes: Uint8Array[] = [];
  /** The network takes nothing: `write` says false until {@link drain}. */
  isStuck = false;
  isPaused = false;
  hasEnded = false;
  isDestroyed = false;
  #handlers: ByteSocketHandlers | undefined;
  #backlog: Uint8Array[] = [];
  #isDelivering = false;

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    return !this.isStuck;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#deliver();
  }

  end(): void {
    this.hasEnded = true;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    queueMicrotask(() => this.#handlers?.closed());
  }

  bind(handlers: ByteSocketHandlers): void {
    this.#handlers = handlers;
  }

  /** Bytes arrive, in one piece; they wait while the relay has paused the socket. */
  feed(bytes: Uint8Array): void {
    this.#backlog.push(bytes.slice());
    this.#deliver();
  }

  /** A whole binary message arrives. */
  feedMessage(payload: Uint8Array): void {
    this.feed(peerFrame(payload));
  }

  /** The network takes bytes again. */
  drain(): void {
    this.isStuck = false;
    this.#handlers?.drain();
  }

  /** The connection is gone. */
  hangUp(): void {
    this.#handlers?.closed();
  }

  /** Bytes that arrived while the relay did not read. */
  get backlogBytes(): number {
    return this.#backlog.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** Everything written so far. */
  get frames(): WrittenFrame[] {
    return this.writes.map((bytes) => {
      const [length, at] = readLength(bytes);
      return { opcode: (bytes[0] as number) & 0x0f, payload: bytes.subarray(at, at + length) };
    });
  }

  /** Payloads of the binary frames written so far. */
  get messages(): Uint8Array[] {
    return this.#payloads(Opcode.Binary);
  }

  /** Code of the close frame, if one was written. */
  get closeCode(): number | undefined {
    const [payload] = this.#payloads(Opcode.Close);
    return payload && (payload[0] as number) * 256 + (payload[1] as number);
  }

  #payloads(opcode: number): Uint8Array[] {
    return this.frames.filter((frame) => frame.opcode === opcode).map((frame) => frame.payload);
  }

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (!this.isPaused && this.#handlers !== undefined) {
      const bytes = this.#backlog.shift();
      if (bytes === undefined) break;
      this.#handlers.data(bytes);
    }
    this.#isDelivering = false;
  }
}
