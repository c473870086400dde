import { isCloseCode, NO_CLOSE_CODE, Opcode } from './websocket.js';
import type { ViolationCode } from './relay-events.js';

/** What a {@link WebSocketReader} finds. Views are valid during the call only. */
export interface FrameSink {
  /** A whole binary message, unmasked. */
  message(payload: Uint8Array): void;
  /** A ping, to be answered with the same payload of up to 125 bytes. */
  ping(payload: Uint8Array): void;
  /** A close frame; nothing is read after it. `NO_CLOSE_CODE` where it has no code. */
  closeFrame(code: number): void;
  /** The peer broke RFC 6455 or a bound; nothing is read after it. `reason` is fixed text. */
  violation(code: ViolationCode, reason: string): void;
}

const EMPTY = new Uint8Array(0);
const FIN = 0x80;
const RSV = 0x70;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MAX_CONTROL_BYTES = 125;
const FIRST_CONTROL_OPCODE = 8;
const TWO_POW_32 = 0x1_0000_0000;
/** First allocation for a message that does not arrive in one piece; doubled as bytes really come. */
const MIN_ASSEMBLY_BYTES = 1_024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What comes next in the stream. */
const State = { Head: 0, Length16: 1, Length64: 2, Mask: 3, Data: 4, Control: 5 } as const;
type State = (typeof State)[keyof typeof State];

/**
 * Server role of RFC 6455 §5, reading: masked frames in any split of bytes become whole binary messages.
 * A message that lies whole in one chunk is unmasked in place and never copied.
 */
export class WebSocketReader {
  readonly #sink: FrameSink;
  readonly #maxMessageBytes: number;
  #state: State = State.Head;
  #isStopped = false;
  #isEnded = false;
  #isReading = false;

  /** What is being read: bytes #at … of #chunk. */
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** Bytes of a header field that is not complete. */
  readonly #field = new Uint8Array(8);
  #fieldBytes = 0;

  #isFinal = false;
  #opcode = 0;
  /** Payload bytes of this frame that have not been taken. */
  #leftBytes = 0;
  readonly #mask = new Uint8Array(4);
  #maskPhase = 0;

  /** The message (or control payload) that is being put together. */
  #message: Uint8Array = EMPTY;
  #messageBytes = 0;
  #isFragmented = false;
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  #controlBytes = 0;

  /** @param maxMessageBytes  longest message; a longer one is refused by its header, before it is kept */
  constructor(sink: FrameSink, maxMessageBytes: number) {
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Bytes kept here: parts of a message, and what waits since {@link stop}. */
  get heldBytes(): number {
    return this.#message.length + (this.#isReading ? 0 : this.#chunk.length - this.#at);
  }

  /** Whether nothing more will be read: after a close frame, a violation or {@link end}. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Reads a chunk; it is changed by unmasking. What {@link stop} leaves of it is copied. */
  push(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    this.#chunk = this.#hasRest ? joined(this.#chunk.subarray(this.#at), chunk) : chunk;
    this.#at = 0;
    this.#read();
    this.#keepRest();
  }

  /** No more messages after the one in hand, until {@link go}. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Goes on with what {@link stop} left. @returns whether all of it has been read: the source may resume */
  go(): boolean {
    this.#isStopped = false;
    if (!this.#isReading) this.#read();
    if (!this.#isReading && !this.#hasRest) this.#keepRest();
    return !this.#isStopped;
  }

  /** Forgets everything and reads nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#chunk = this.#message = EMPTY;
    this.#at = this.#messageBytes = 0;
  }

  get #hasRest(): boolean {
    return this.#at < this.#chunk.length;
  }

  #read(): void {
    this.#isReading = true;
    while (!this.#isStopped && !this.#isEnded && this.#step()) {
      // Each state sets the next.
    }
    this.#isReading = false;
  }

  /** Takes what the chunk offers; false when the state needs more bytes than there are. */
  #step(): boolean {
    switch (this.#state) {
      case State.Head:
        return this.#readHead();
      case State.Length16:
        return this.#readLength16();
      case State.Length64:
        return this.#readLength64();
      case State.Mask:
        return this.#readMask();
      case State.Data:
        return this.#readData();
      case State.Control:
        return this.#readControl();
    }
  }

  #keepRest(): void {
    this.#chunk = this.#hasRest ? this.#chunk.slice(this.#at) : EMPTY;
    this.#at = 0;
  }

  /** Gathers a header field of `size` bytes, which may be split anywhere. */
  #gather(size: number): boolean {
    while (this.#fieldBytes < size) {
      if (!this.#hasRest) return false;
      this.#field[this.#fieldBytes++] = this.#chunk[this.#at++] as number;
    }
    this.#fieldBytes = 0;
    return true;
  }

  #readHead(): boolean {
    if (!this.#gather(2)) return false;
    const [first, second] = this.#field as unknown as [number, number];
    this.#isFinal = (first & FIN) !== 0;
    this.#opcode = first & OPCODE;
    const length = second & LENGTH;
    const broken = this.#brokenRule(first, second, length);
    if (broken !== undefined) return this.#violate(1002, broken);
    if (length === LENGTH_16) this.#state = State.Length16;
    else if (length === LENGTH_64) this.#state = State.Length64;
    else return this.#lengthIs(length);
    return true;
  }

  #brokenRule(first: number, second: number, length: number): string | undefined {
    if ((first & RSV) !== 0) return 'reserved bits are set';
    if ((second & MASKED) === 0) return 'the frame is not masked';
    if (this.#opcode >= FIRST_CONTROL_OPCODE) return this.#brokenControlRule(length);
    if (this.#opcode === Opcode.Text) return 'text frame';
    if (this.#opcode > Opcode.Binary) return 'reserved opcode';
    if ((this.#opcode === Opcode.Continuation) === this.#isFragmented) return undefined;
    return this.#isFragmented ? 'a message begins inside another' : 'a continuation of nothing';
  }

  #brokenControlRule(length: number): string | undefined {
    if (this.#opcode > Opcode.Pong) return 'reserved opcode';
    if (!this.#isFinal) return 'a control frame is fragmented';
    return length > MAX_CONTROL_BYTES ? 'a control frame is over 125 bytes' : undefined;
  }

  #readLength16(): boolean {
    if (!this.#gather(2)) return false;
    const [high, low] = this.#field as unknown as [number, number];
    return this.#lengthIs(high * 256 + low);
  }

  #readLength64(): boolean {
    if (!this.#gather(8)) return false;
    const view = new DataView(this.#field.buffer);
    return this.#lengthIs(view.getUint32(0) * TWO_POW_32 + view.getUint32(4));
  }

  #lengthIs(length: number): boolean {
    const isControl = this.#opcode >= FIRST_CONTROL_OPCODE;
    if (!isControl && this.#messageBytes + length > this.#maxMessageBytes)
      return this.#violate(1009, 'the message is too long');
    this.#leftBytes = length;
    this.#state = State.Mask;
    return true;
  }

  #readMask(): boolean {
    if (!this.#gather(4)) return false;
    this.#mask.set(this.#field.subarray(0, 4));
    this.#maskPhase = 0;
    this.#state = this.#opcode >= FIRST_CONTROL_OPCODE ? State.Control : State.Data;
    return true;
  }

  #readControl(): boolean {
    const part = this.#takeUnmasked();
    this.#control.set(part, this.#controlBytes);
    this.#controlBytes += part.length;
    if (this.#leftBytes > 0) return false;
    const payload = this.#control.subarray(0, this.#controlBytes);
    this.#controlBytes = 0;
    this.#nextFrame();
    this.#controlArrived(payload);
    return true;
  }

  #readData(): boolean {
    const part = this.#takeUnmasked();
    const isWhole = this.#isFinal && this.#leftBytes === 0;
    if (isWhole && this.#messageBytes === 0) {
      this.#nextFrame();
      this.#isFragmented = false;
      this.#sink.message(part);
      return true;
    }
    this.#append(part);
    if (this.#leftBytes > 0) return false;
    this.#nextFrame();
    this.#isFragmented = !this.#isFinal;
    if (isWhole) this.#messageArrived();
    return true;
  }

  #nextFrame(): void {
    this.#state = State.Head;
  }

  /** What the chunk has of this frame's payload, unmasked in place. */
  #takeUnmasked(): Uint8Array {
    const size = Math.min(this.#leftBytes, this.#chunk.length - this.#at);
    const part = this.#chunk.subarray(this.#at, this.#at + size);
    const mask = this.#mask;
    const phase = this.#maskPhase;
    for (let i = 0; i < size; i++) part[i] = (part[i] as number) ^ (mask[(phase + i) & 3] as number);
    this.#maskPhase = (phase + size) & 3;
    this.#at += size;
    this.#leftBytes -= size;
    return part;
  }

  /** Keeps a part of a message. Room is made for what has come, not for what a header promises. */
  #append(part: Uint8Array): void {
    const neededBytes = this.#messageBytes + part.length;
    if (neededBytes > this.#message.length) {
      const roomBytes = Math.max(MIN_ASSEMBLY_BYTES, neededBytes, 2 * this.#message.length);
      const grown = new Uint8Array(Math.min(roomBytes, this.#maxMessageBytes));
      grown.set(this.#message.subarray(0, this.#messageBytes));
      this.#message = grown;
    }
    this.#message.set(part, this.#messageBytes);
    this.#messageBytes = neededBytes;
  }

  #messageArrived(): void {
    const payload = this.#message.subarray(0, this.#messageBytes);
    this.#message = EMPTY;
    this.#messageBytes = 0;
    this.#sink.message(payload);
  }

  #controlArrived(payload: Uint8Array): void {
    if (this.#opcode === Opcode.Ping) this.#sink.ping(payload);
    else if (this.#opcode === Opcode.Close) this.#closeArrived(payload);
  }

  #closeArrived(payload: Uint8Array): void {
    if (payload.length === 0) {
      this.#closedWith(NO_CLOSE_CODE);
      return;
    }
    const [high = 0, low = 0] = payload;
    const code = high * 256 + low;
    if (payload.length === 1 || !isCloseCode(code)) this.#violate(1002, 'invalid close code');
    else if (!isUtf8(payload.subarray(2))) this.#violate(1007, 'the close reason is not UTF-8');
    else this.#closedWith(code);
  }

  #closedWith(code: number): void {
    this.end();
    this.#sink.closeFrame(code);
  }

  #violate(code: ViolationCode, reason: string): false {
    this.end();
    this.#sink.violation(code, reason);
    return false;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
