import { systemClock, type Clock, type Timer } from '@sallyport/kernel';
import { Cli101Connection, type ClientEnd } from './cli101-connection.js';
import { ClientMessage, resizePayload, type ClientFrame } from './client-frames.js';
import { OutputLog } from './output-log.js';

/** Where a CLI session goes and what its terminal looks like. */
export interface Cli101Options {
  /** `WebSocketUrl` of StartTerminalSession. */
  readonly url: string;
  readonly ca?: string;
  /** 24 rows of 80 by default. */
  readonly size?: { readonly rows: number; readonly cols: number };
  readonly clock?: Clock;
}

/** Largest piece of input in one message. */
const CHUNK_BYTES = 2_048;
const SIZE_POLL_MS = 500;

/** `ali-instance-cli session` (wire §3.5): sends typed bytes at once, its size after the first output, then changes. */
export class Cli101Terminal {
  readonly output = new OutputLog();
  readonly ended: Promise<ClientEnd>;
  #connection!: Cli101Connection;
  #size: { readonly rows: number; readonly cols: number };
  #sentSize: string | undefined;
  #poll: Timer | undefined;
  #finish!: (end: ClientEnd) => void;

  private constructor(private readonly options: Cli101Options) {
    this.#size = options.size ?? { rows: 24, cols: 80 };
    this.ended = new Promise((resolve) => (this.#finish = resolve));
  }

  /** @throws UpgradeRefused */
  static async open(options: Cli101Options): Promise<Cli101Terminal> {
    const terminal = new Cli101Terminal(options);
    terminal.#connection = await Cli101Connection.dial(options.url, options.ca, {
      output: (payload) => terminal.output.add(payload),
      ended: (end) => terminal.#close(end),
    });
    terminal.#pollSize();
    return terminal;
  }

  /** Everything received, in order. */
  get received(): readonly ClientFrame[] {
    return this.#connection.received;
  }

  /** The connection itself, for messages that the program would not send. */
  get connection(): Cli101Connection {
    return this.#connection;
  }

  /** Types keys or pastes: pieces of at most 2048 bytes, sent without a pause. */
  type(text: string | Uint8Array): void {
    const bytes = Buffer.from(text as string);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      this.#connection.send(ClientMessage.Input, bytes.subarray(at, at + CHUNK_BYTES));
  }

  /** Changes the terminal's size; the program notices within half a second. */
  resize(rows: number, cols: number): void {
    this.#size = { rows, cols };
  }

  /** End of standard input: a Ctrl-D, then the program is gone. */
  eof(): void {
    this.#connection.send(ClientMessage.Input, Uint8Array.of(4));
    this.terminate();
  }

  /** The program is ended: the connection stops without a close frame. */
  terminate(): void {
    this.#connection.socket.drop();
    this.#close({ printed: '' });
  }

  #pollSize(): void {
    this.#poll = (this.options.clock ?? systemClock).after(SIZE_POLL_MS, () => {
      const { rows, cols } = this.#size;
      if (this.output.byteLength > 0 && this.#sentSize !== `${rows}x${cols}`) {
        this.#sentSize = `${rows}x${cols}`;
        this.#connection.send(ClientMessage.Resize, resizePayload(rows, cols));
      }
      this.#pollSize();
    });
  }

  /** The program exits with status 1 whatever the reason: its connection is gone with it. */
  #close(end: ClientEnd): void {
    this.#poll?.cancel();
    this.#connection.socket.drop();
    this.#finish(end);
  }
}
