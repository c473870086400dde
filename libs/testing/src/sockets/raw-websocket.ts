import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { encodeFrame, FrameReader, Opcode, type FrameOptions, type RawFrame } from './frame-reader.js';

/** Header names and values, in the order and case in which they are sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** An upgrade that the server did not grant. */
export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    readonly body: string,
  ) {
    super(`upgrade refused with ${status}`);
    this.name = 'UpgradeRefused';
  }
}

/** How a socket ended: the close frame received, or 1006 when there was none. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
}

/** What the owner of a {@link RawWebSocket} hears. */
export interface RawSocketHandlers {
  /** A whole message; fragments are joined. */
  message?(opcode: number, payload: Buffer): void;
  closed?(info: CloseInfo): void;
}

/** The headers Go's library sends, with what the caller adds (transcripts 03, 10). */
export const goUpgradeHeaders = (host: string, userAgent: string, extra: HeaderList): HeaderList => [
  ['Host', host],
  ['User-Agent', userAgent],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Key', randomBytes(16).toString('base64')],
  ['Sec-WebSocket-Version', '13'],
  ['Upgrade', 'websocket'],
  ...extra,
];

/**
 * A WebSocket client that sends exactly the headers and frames it is told to, well-formed or not. It answers pings,
 * and echoes a close frame with its code and no reason before it drops the connection, as the public programs do.
 */
export class RawWebSocket {
  /** Set once the socket ended. */
  closeInfo: CloseInfo | undefined;
  /** The `101` answer's headers. */
  readonly responseHeaders: IncomingMessage['headers'];
  readonly pings: string[] = [];
  readonly pongs: string[] = [];
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #handlers: RawSocketHandlers = {};
  #early: RawFrame[] | undefined = [];
  #hasToldClosed = false;
  #partial: { opcode: number; parts: Buffer[] } | undefined;

  private constructor(socket: Socket, response: IncomingMessage, head: Buffer) {
    this.#socket = socket;
    this.responseHeaders = response.headers;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#finish({ code: 1006, reason: '' }));
    if (head.length > 0) this.#take(head);
  }

  /**
   * @param url  `ws:` or `wss:`; path and query go out as written
   * @throws UpgradeRefused when the answer is not 101; Error when there is none, or its accept key is wrong
   */
  static async dial(
    url: string,
    headers: HeaderList,
    options: { ca?: string | undefined } = {},
  ): Promise<RawWebSocket> {
    const request = openUpgrade(url, headers, options.ca);
    const key = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-key')?.[1] ?? '';
    return await new Promise((resolve, reject) => {
      request.on('upgrade', (response, socket, head) => {
        const { 'sec-websocket-accept': accept, 'sec-websocket-extensions': extensions } = response.headers;
        if (accept === acceptOf(key) && extensions === undefined) {
          resolve(new RawWebSocket(socket, response, head));
          return;
        }
        socket.destroy();
        reject(new Error(`the server answered the upgrade with ${JSON.stringify(response.headers)}`));
      });
      request.on('response', (response) => void refuse(response).then(reject, reject));
      request.on('error', reject);
      request.end();
    });
  }

  /** Sets the listeners; messages that came before arrive now. */
  bind(handlers: RawSocketHandlers): void {
    this.#handlers = handlers;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const frame of early) this.#handle(frame);
    this.#tellClosed();
  }

  get isOpen(): boolean {
    return this.closeInfo === undefined && !this.#socket.destroyed;
  }

  /** Bytes accepted here and not yet taken by the system. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** @returns `false` when the connection is gone and nothing was sent */
  send(opcode: number, payload: Uint8Array, options: FrameOptions = {}): boolean {
    return this.sendRaw(encodeFrame(opcode, payload, options));
  }

  /** Sends bytes that need not be a frame. */
  sendRaw(bytes: Uint8Array): boolean {
    if (!this.isOpen) return false;
    this.#socket.write(bytes);
    return true;
  }

  /** Sends a binary message and resolves when the system has taken it: the sender's own backpressure. */
  async sendAndFlush(payload: Uint8Array): Promise<boolean> {
    if (!this.isOpen) return false;
    if (this.#socket.write(encodeFrame(Opcode.Binary, payload))) return true;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
    return this.isOpen;
  }

  /** Stops reading: the server sees a peer that takes nothing. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends a close frame; the connection ends when the server answers it. */
  close(code: number, reason = ''): void {
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.send(Opcode.Close, payload);
  }

  /** Ends the connection without a close frame. */
  drop(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    for (const frame of this.#reader.push(bytes)) {
      if (this.#early) this.#early.push(frame);
      else this.#handle(frame);
    }
  }

  #handle({ opcode, isFinal, payload }: RawFrame): void {
    if (opcode === Opcode.Ping) {
      this.pings.push(payload.toString());
      this.send(Opcode.Pong, payload);
    } else if (opcode === Opcode.Pong) this.pongs.push(payload.toString());
    else if (opcode === Opcode.Close) this.#echoClose(payload);
    else this.#assemble(opcode, isFinal, payload);
  }

  #assemble(opcode: number, isFinal: boolean, payload: Buffer): void {
    if (this.#partial === undefined && isFinal) return this.#handlers.message?.(opcode, payload);
    this.#partial ??= { opcode, parts: [] };
    this.#partial.parts.push(payload);
    if (!isFinal) return;
    const whole = this.#partial;
    this.#partial = undefined;
    this.#handlers.message?.(whole.opcode, Buffer.concat(whole.parts));
  }

  #echoClose(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    this.send(Opcode.Close, payload.subarray(0, 2));
    this.#finish({ code, reason: payload.subarray(2).toString() });
    this.#socket.end();
  }

  #finish(info: CloseInfo): void {
    if (this.closeInfo) return;
    this.closeInfo = info;
    this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.closeInfo === undefined || this.#hasToldClosed || this.#early) return;
    this.#hasToldClosed = true;
    this.#handlers.closed?.(this.closeInfo);
  }
}

function openUpgrade(url: string, headers: HeaderList, ca: string | undefined): ClientRequest {
  const isSecure = url.startsWith('wss:');
  const request = (isSecure ? httpsRequest : httpRequest)(url.replace(/^ws/, 'http'), {
    agent: false,
    setHost: false,
    ...(ca === undefined ? {} : { ca }),
  });
  for (const [name, value] of headers) request.setHeader(name, value);
  return request;
}

const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

async function refuse(response: IncomingMessage): Promise<UpgradeRefused> {
  const { socket } = response;
  let body = '';
  response.setEncoding('utf8');
  for await (const part of response) body += part as string;
  socket.destroy();
  return new UpgradeRefused(response.statusCode ?? 0, response.headers, body);
}
