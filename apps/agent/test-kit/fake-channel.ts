import {
  decode,
  decodeExit,
  decodeTargetError,
  encodeOwn,
  encodeResizeBinary,
  type Exit,
  MessageType,
} from '@sallyport/wire';
import type { WebSocket } from 'ws';

/** The relay's end of a data socket: speaks 1.03 and remembers what came. */
export class FakeChannel {
  readonly #output: Buffer[] = [];
  readonly types: number[] = [];
  outputBytes = 0;
  exit: Exit | undefined;
  targetError: string | undefined;
  /** What a position should be and was not. */
  positionGaps = 0;
  closeCode: number | undefined;
  #sent = 0;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.#received(data));
    socket.on('close', (code) => (this.closeCode = code));
  }

  get output(): Buffer {
    return Buffer.concat(this.#output);
  }

  get text(): string {
    return this.output.toString('utf8');
  }

  has(type: number): boolean {
    return this.types.includes(type);
  }

  input(data: string | Uint8Array): void {
    const payload = Buffer.from(data);
    this.send(MessageType.Input, payload);
    this.#sent += payload.length;
  }

  resize(rows: number, cols: number): void {
    this.send(MessageType.Resize, encodeResizeBinary({ rows, cols }));
  }

  send(type: number, payload: Uint8Array): void {
    this.socket.send(encodeOwn({ type, position: this.#sent, payload }));
  }

  #received(frame: Uint8Array): void {
    const message = decode('own-1.03', frame);
    if (!message.ok) throw new Error(message.error.message);
    const { type, payload, sequence } = message.value;
    this.types.push(type);
    if (sequence !== this.outputBytes) this.positionGaps += 1;
    if (type === MessageType.Exit) this.exit = decodeExit(payload);
    if (type === MessageType.TargetError) this.targetError = decodeTargetError(payload);
    if (type !== MessageType.Output) return;
    this.#output.push(Buffer.from(payload));
    this.outputBytes = sequence + payload.length;
  }
}
