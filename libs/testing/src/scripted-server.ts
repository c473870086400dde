import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeFrame, FrameReader, Opcode, type RawFrame } from './sockets/frame-reader.js';
import { until } from './until.js';

/** A request as it came: names in order and case as sent. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string | null;
  readonly headerNames: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The server's end of an upgraded socket in a unit test of the doubles. */
export class ScriptedSocket {
  readonly frames: RawFrame[] = [];
  readonly #reader = new FrameReader();
  isClosed = false;

  constructor(
    readonly request: RecordedRequest,
    readonly socket: Duplex,
  ) {
    socket.on('data', (bytes: Buffer) => this.frames.push(...this.#reader.push(bytes)));
    socket.on('close', () => (this.isClosed = true));
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
  }

  send(opcode: number, payload: Uint8Array): void {
    this.socket.write(encodeFrame(opcode, payload, { isMasked: false }));
  }

  /** Payloads of all text or binary frames so far. */
  payloads(opcode: number): Buffer[] {
    return this.frames.filter((frame) => frame.opcode === opcode).map(({ payload }) => payload);
  }
}

/** Answers a request: a body, or a status. */
export type Answer = (request: RecordedRequest) => { status?: number; body: string };

/** A plain HTTP server that records what comes and answers by script: the stub of the transcripts, for unit tests. */
export class ScriptedServer {
  readonly requests: RecordedRequest[] = [];
  readonly upgrades: ScriptedSocket[] = [];
  /** Status with which upgrades are refused; 101 lets them in. */
  upgradeStatus = 101;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly answer: Answer) {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        const recorded = record(request, body);
        this.requests.push(recorded);
        const scripted = this.answer(recorded);
        response.writeHead(scripted.status ?? 200, { 'Content-Type': 'application/json' });
        response.end(scripted.body);
      });
    });
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(answer: Answer): Promise<ScriptedServer> {
    const server = new ScriptedServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The nth upgrade to a path, once it came. */
  async socket(path: string, nth = 0): Promise<ScriptedSocket> {
    return await until(`upgrade ${nth} to ${path}`, () => this.socketsTo(path)[nth]);
  }

  socketsTo(path: string): ScriptedSocket[] {
    return this.upgrades.filter(({ request }) => request.path === path);
  }

  requestsTo(path: string): RecordedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    const recorded = record(request, '');
    this.requests.push(recorded);
    if (this.upgradeStatus !== 101) {
      socket.end(`HTTP/1.1 ${this.upgradeStatus} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    this.upgrades.push(new ScriptedSocket(recorded, socket));
  }
}

function record(request: IncomingMessage, body: string): RecordedRequest {
  const [path = '', query] = (request.url ?? '').split('?');
  return {
    method: request.method ?? '',
    path,
    query: query ?? null,
    headerNames: request.rawHeaders.filter((_, index) => index % 2 === 0),
    headers: request.headers,
    body,
  };
}

/** The kick that starts or stops a session. */
export const kickSession = (action: 'start' | 'stop', channelId: string): Buffer =>
  Buffer.from(`kick_vm session ${action} ${channelId}`);

/** A text frame to a double. */
export const sendText = (socket: ScriptedSocket, text: Uint8Array): void => socket.send(Opcode.Text, text);
