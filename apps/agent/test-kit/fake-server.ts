import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { OWN_PROTOCOL_HEADER } from '@sallyport/wire';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Registered } from '../src/identity/state-directory.js';
import { FakeChannel } from './fake-channel.js';

/** A request as it came. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly isSigned: boolean;
}

/** How an upgrade is refused. */
export interface Refusal {
  readonly status: number;
  readonly headers?: string;
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const INSTANCE_ID = 'mi-fake';
const MACHINE_ID = 'machine';

/** Agent door and relay of a Sallyport server, as little of them as an agent can tell from a real one. */
export class FakeServer {
  readonly requests: Request[] = [];
  readonly controls: WebSocket[] = [];
  readonly replies: string[] = [];
  readonly channels: FakeChannel[] = [];
  /** Sessions that wait to be fetched, by channel id. */
  readonly sessions = new Map<string, Record<string, string>>();
  /** Answers of paths that have no other; `{"code":200}` by default. */
  readonly answers = new Map<string, { status: number; body: string; headers?: Record<string, string> }>();
  /** Upgrades are refused with these, one after the other, by path. */
  readonly refusals = new Map<string, Refusal[]>();
  /** Times of upgrade attempts, by path. */
  readonly upgradeTimes: { path: string; atMs: number }[] = [];
  speaksOwnProtocol = true;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, autoPong: true });

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body, headers }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      });
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#sockets.on('headers', (headers) => {
      if (this.speaksOwnProtocol) headers.push(`${OWN_PROTOCOL_HEADER}: 1.03`);
    });
  }

  static async start(): Promise<FakeServer> {
    const fake = new FakeServer();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The registration of an agent that this server believes. */
  registered(user?: string): Registered {
    const identity = { server: this.origin, region: 'local', instanceId: INSTANCE_ID, machineId: MACHINE_ID };
    return { identity: { ...identity, ...(user !== undefined && { user }) }, privateKeyPem: privateKey };
  }

  kick(text: string): void {
    this.controls.at(-1)?.send(text);
  }

  /** Offers a session and calls the agent for it. */
  offer(channelId: string, task: Record<string, string> = {}): void {
    this.sessions.set(channelId, task);
    this.kick(`kick_vm session start ${channelId}`);
  }

  requestsTo(path: string): Request[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Error code reported for a channel. */
  reported(channelId: string): string | undefined {
    return this.report(channelId)?.get('errorcode') ?? undefined;
  }

  report(channelId: string): URLSearchParams | undefined {
    return this.requestsTo('/luban/api/v1/session/status').find(
      ({ query }) => query.get('channelId') === channelId,
    )?.query;
  }

  async stop(): Promise<void> {
    for (const socket of [...this.controls, ...this.channels.map((channel) => channel.socket)])
      socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body: string; headers?: Record<string, string> }> {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += String(part);
    const { pathname, searchParams } = new URL(request.url ?? '', this.origin);
    const isSigned = isSignedWell(request.headers);
    this.requests.push({ method: request.method ?? '', path: pathname, query: searchParams, body, isSigned });
    const scripted = this.answers.get(pathname);
    if (scripted) return scripted;
    if (pathname === '/luban/api/v1/session/list') return { status: 200, body: this.#list(searchParams) };
    if (pathname === '/luban/api/connection_detect') return { status: 200, body: 'ok' };
    return { status: 200, body: JSON.stringify({ code: 200, nextInterval: 60_000 }) };
  }

  /** A session is handed out once. */
  #list(query: URLSearchParams): string {
    const channelId = query.get('channelId') ?? '';
    const task = this.sessions.get(channelId);
    this.sessions.delete(channelId);
    const session = task
      ? [{ channelId, cmdContent: '', username: '', portNumber: '', targetHost: '', ...task }]
      : [];
    return JSON.stringify({
      code: 200,
      instanceId: INSTANCE_ID,
      run: [],
      stop: [],
      test: [],
      file: [],
      session,
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname } = new URL(request.url ?? '', this.origin);
    this.upgradeTimes.push({ path: pathname, atMs: Date.now() });
    const refusal = isSignedWell(request.headers) ? this.refusals.get(pathname)?.shift() : { status: 401 };
    if (refusal) {
      socket.end(`HTTP/1.1 ${refusal.status} No\r\n${refusal.headers ?? ''}content-length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (websocket) => {
      websocket.on('error', () => undefined);
      if (pathname === '/luban/notify_server') this.#control(websocket);
      else this.channels.push(new FakeChannel(websocket));
    });
  }

  #control(socket: WebSocket): void {
    this.controls.push(socket);
    socket.on('message', (data: Buffer) => this.replies.push(data.toString('utf8')));
  }
}

function isSignedWell(headers: IncomingHttpHeaders): boolean {
  const {
    'x-acs-timestamp': timestamp,
    'x-acs-request-id': requestId,
    'x-acs-signature': signature,
  } = headers;
  const text = `${String(headers['x-acs-instance-id'])}${MACHINE_ID}${String(timestamp)}${String(requestId)}`;
  return verify('RSA-MD5', Buffer.from(text), publicKey, Buffer.from(String(signature), 'base64'));
}
