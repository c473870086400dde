import { randomBytes } from 'node:crypto';
import { systemClock, type Clock, type Timer } from '@sallyport/kernel';
import { RawWebSocket, type CloseInfo } from '../sockets/raw-websocket.js';
import { Opcode } from '../sockets/frame-reader.js';
import {
  ClientMessage,
  ClientStatus,
  readClientFrame,
  resizePayload,
  writeFrame102,
} from './client-frames.js';
import type { ClientFrame } from './client-frames.js';
import { OutputLog } from './output-log.js';

/** States the sample shows (wire §3.7). */
export type BrowserState = 'prepare' | 'opening' | 'opened' | 'closing' | 'closed' | 'aborted';

/** Where a browser session goes. */
export interface Browser102Options {
  /** `webSocketUrl` of StartTerminalSession; must have a `?`. */
  readonly url: string;
  readonly ca?: string;
  readonly size?: { readonly rows: number; readonly cols: number };
  /** Page that opened the socket. */
  readonly origin?: string;
  readonly clock?: Clock;
}

/** How a browser session ended. */
export interface BrowserEnd {
  readonly state: BrowserState;
  readonly reason: string;
  readonly close: CloseInfo | undefined;
}

const OPENING_LIMIT_MS = 10_000;
const RECONNECT_MS = 1_000;
const SLICE_BYTES = 1_024;
const BEAT_OLD_MS = 50_000;
const BEAT_MS = 300_000;

/** The browser sample as it is meant to work (wire §3.7): exact slices, and reconnects that its bug B2 prevents. */
export class Browser102 {
  readonly output = new OutputLog();
  readonly received: ClientFrame[] = [];
  /** What the sample would complain of: a gap or a repetition in the output's numbers. */
  readonly complaints: string[] = [];
  readonly ended: Promise<BrowserEnd>;
  state: BrowserState = 'opening';
  channelId = '';
  connections = 0;
  readonly #clock: Clock;
  #socket: RawWebSocket | undefined;
  #inputSeq = 0;
  #outputSeq = 0;
  #acknowledgedInput = 0;
  #size: { readonly rows: number; readonly cols: number };
  #beat: Timer | undefined;
  #opening: Timer | undefined;
  #finish!: (end: BrowserEnd) => void;

  private constructor(private readonly options: Browser102Options) {
    this.#clock = options.clock ?? systemClock;
    this.#size = options.size ?? { rows: 24, cols: 80 };
    this.ended = new Promise((resolve) => (this.#finish = resolve));
  }

  /** @throws UpgradeRefused */
  static async open(options: Browser102Options): Promise<Browser102> {
    const browser = new Browser102(options);
    await browser.#dial(options.url);
    browser.#opening = browser.#clock.after(OPENING_LIMIT_MS, () => browser.#giveUp());
    return browser;
  }

  /** Highest input number the server said it consumed. */
  get acknowledgedInput(): number {
    return this.#acknowledgedInput;
  }

  /** Highest output number shown. */
  get outputSeq(): number {
    return this.#outputSeq;
  }

  get socket(): RawWebSocket | undefined {
    return this.#socket;
  }

  /** Types or pastes; pieces of at most 1024 bytes. Discarded unless the session is open, its numbers used up. */
  type(text: string | Uint8Array): void {
    const bytes = Buffer.from(text as string);
    for (let at = 0; at < bytes.length; at += SLICE_BYTES)
      this.#input(ClientMessage.Input, bytes.subarray(at, at + SLICE_BYTES));
  }

  resize(rows: number, cols: number): void {
    this.#size = { rows, cols };
    this.#input(ClientMessage.Resize, resizePayload(rows, cols));
  }

  /** Loses the network: the page does not hear of it until it dials again by {@link reconnect}. */
  lose(): void {
    this.#socket?.bind({});
    this.#socket?.drop();
  }

  /** Dials again with the channel's id and asks for what was missed. @throws UpgradeRefused */
  async reconnect(): Promise<void> {
    this.state = 'closing';
    await this.#dial(`${this.options.url}&channelId=${this.channelId}`);
    this.#sync();
  }

  /** The page is closed. */
  close(): void {
    this.#socket?.close(1001);
    this.#end('closed', '', undefined);
  }

  async #dial(url: string): Promise<void> {
    const socket = await RawWebSocket.dial(
      url,
      [
        ['Host', new URL(url).host],
        ['Connection', 'Upgrade'],
        ['Pragma', 'no-cache'],
        ['Cache-Control', 'no-cache'],
        ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36'],
        ['Upgrade', 'websocket'],
        ['Origin', this.options.origin ?? 'https://console.example'],
        ['Sec-WebSocket-Version', '13'],
        ['Accept-Encoding', 'gzip, deflate, br'],
        ['Accept-Language', 'en'],
        ['Sec-WebSocket-Key', randomBytes(16).toString('base64')],
        ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
      ],
      { ca: this.options.ca },
    );
    this.connections++;
    this.#socket = socket;
    socket.bind({
      message: (_opcode, payload) => this.#receive(payload),
      closed: (close) => this.#closed(socket, close),
    });
  }

  #receive(bytes: Buffer): void {
    const frame = readClientFrame(bytes);
    this.received.push(frame);
    if (this.channelId === '') this.channelId = frame.channelId;
    if (frame.type === ClientMessage.Output) this.#takeOutput(frame);
    else if (frame.type === ClientMessage.Status) this.#takeStatus(frame);
  }

  #takeOutput(frame: ClientFrame): void {
    this.#acknowledgedInput = Math.max(this.#acknowledgedInput, frame.inputSeq);
    if (frame.outputSeq > this.#outputSeq + 1) {
      this.complaints.push(`output ${frame.outputSeq} after ${this.#outputSeq}`);
      this.#sync();
      return;
    }
    if (frame.outputSeq < this.#outputSeq + 1)
      this.complaints.push(`output ${frame.outputSeq} repeated after ${this.#outputSeq}`);
    this.#outputSeq = frame.outputSeq;
    this.output.add(frame.payload);
    if (this.state === 'opening') this.#opened(frame.version);
    if (frame.outputSeq <= 1)
      this.#input(ClientMessage.Resize, resizePayload(this.#size.rows, this.#size.cols));
  }

  #takeStatus({ payload, version }: ClientFrame): void {
    const [code] = payload;
    if (code === undefined) throw new Error('status without a code: the sample throws');
    const reason = payload.toString('ascii', 1);
    if (code === ClientStatus.Opened) this.#opened(version);
    else if (code === ClientStatus.Opening) this.state = 'opening';
    else if (code === ClientStatus.Closing || code === ClientStatus.Frozen) this.state = 'closing';
    else if (code === ClientStatus.Aborted) this.#leave('aborted', reason);
    else if (code === ClientStatus.Closed || code === ClientStatus.Exited) this.#leave('closed', reason);
  }

  #opened(version: string): void {
    this.state = 'opened';
    this.#opening?.cancel();
    this.#beat?.cancel();
    this.#scheduleBeat(version <= '1.01' ? BEAT_OLD_MS : BEAT_MS);
  }

  #scheduleBeat(intervalMs: number): void {
    this.#beat = this.#clock.after(intervalMs, () => {
      this.#input(ClientMessage.Input, Buffer.alloc(0));
      this.#scheduleBeat(intervalMs);
    });
  }

  #input(type: number, payload: Uint8Array): void {
    this.#inputSeq++;
    if (this.state === 'opened' || this.state === 'closing') this.#send(type, payload);
  }

  #sync(): void {
    this.#send(ClientMessage.Sync, Buffer.alloc(0));
  }

  #send(type: number, payload: Uint8Array): void {
    const numbers = { inputSeq: this.#inputSeq, outputSeq: this.#outputSeq };
    this.#socket?.send(
      Opcode.Binary,
      writeFrame102({ type, channelId: this.channelId, ...numbers, payload }),
    );
  }

  #giveUp(): void {
    this.#socket?.close(1001);
    this.#end('aborted', '', undefined);
  }

  /** A final status: the page closes the socket itself, with 1000. */
  #leave(state: BrowserState, reason: string): void {
    this.#socket?.close(1000);
    this.#end(state, reason, undefined);
  }

  #closed(socket: RawWebSocket, close: CloseInfo): void {
    if (socket !== this.#socket || this.state === 'closed' || this.state === 'aborted') return;
    if (close.code !== 1012 && close.code !== 1005) {
      this.#end('closed', '', close);
      return;
    }
    this.state = 'closing';
    this.#clock.after(RECONNECT_MS, () => {
      this.reconnect().catch(() => this.#end('closed', '', close));
    });
  }

  #end(state: BrowserState, reason: string, close: CloseInfo | undefined): void {
    this.state = state;
    this.#beat?.cancel();
    this.#opening?.cancel();
    this.#finish({ state, reason, close });
  }
}
