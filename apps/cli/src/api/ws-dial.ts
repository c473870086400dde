import type {
  DialSession,
  SessionSocket,
  SessionSocketHandlers,
  SocketClosing,
  UpgradeAnswer,
} from '@sallyport/client';
import { MAX_PAYLOAD_BYTES, OWN_PROTOCOL_HEADER } from '@sallyport/wire';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

const HANDSHAKE_TIMEOUT_MS = 15_000;
const PING_INTERVAL_MS = 15_000;
/** Pings that may stay unanswered: a half-open socket is found within 45 s. */
const MAX_SILENT_INTERVALS = 2;
const CLOSE_TIMEOUT_MS = 2_000;
/** A whole own frame; more than its header is left for one that grows. */
const MAX_MESSAGE_BYTES = MAX_PAYLOAD_BYTES + 256;

/**
 * Dials sessions with `ws`.
 * @param ca  PEM text of the only authority to trust for wss, instead of the system's
 */
export const wsDial =
  (ca?: string): DialSession =>
  (url, headers, handlers) => {
    const webSocket = new WebSocket(url, {
      headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      ...(ca === undefined ? {} : { ca }),
    });
    return new WsSessionSocket(webSocket, handlers);
  };

class WsSessionSocket implements SessionSocket {
  readonly #webSocket: WebSocket;
  readonly #handlers: SessionSocketHandlers;
  #answer: UpgradeAnswer = {};
  #failure = '';
  #isClosed = false;
  #isPaused = false;
  #silentIntervals = 0;
  #pings: NodeJS.Timeout | undefined;

  constructor(webSocket: WebSocket, handlers: SessionSocketHandlers) {
    this.#webSocket = webSocket;
    this.#handlers = handlers;
    webSocket.on('upgrade', (response) => void (this.#answer = readUpgrade(response)));
    webSocket.on('open', () => this.#opened());
    webSocket.on('message', (data) => this.#received(data as Buffer));
    webSocket.on('pong', () => void (this.#silentIntervals = 0));
    webSocket.on('unexpected-response', (_request, response) => this.#refused(response));
    webSocket.on('error', (error) => void (this.#failure = error.message));
    webSocket.on('close', (code, reason) =>
      this.#closed({ code, reason: reason.toString() || this.#failure }),
    );
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(bytes: Uint8Array): void {
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.send(bytes);
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
    setTimeout(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#webSocket.pause();
    else this.#webSocket.resume();
  }

  #opened(): void {
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    if (this.#isPaused) this.#webSocket.pause();
    this.#handlers.opened(this.#answer);
  }

  #received(data: Buffer): void {
    this.#silentIntervals = 0;
    this.#handlers.message(data);
  }

  #ping(): void {
    // While reading is paused a pong cannot be seen.
    if (this.#isPaused) this.#silentIntervals = 0;
    else if (this.#silentIntervals++ >= MAX_SILENT_INTERVALS) this.#webSocket.terminate();
    else this.#webSocket.ping();
  }

  #refused(response: IncomingMessage): void {
    response.destroy();
    this.#closed({ code: 1006, reason: '', httpStatus: response.statusCode ?? 0 });
  }

  #closed(closing: SocketClosing): void {
    clearInterval(this.#pings);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers.closed(closing);
  }
}

function readUpgrade({ headers }: IncomingMessage): UpgradeAnswer {
  const channelId = headers['x-sallyport-channel'];
  const protocol = headers[OWN_PROTOCOL_HEADER];
  return {
    ...(typeof channelId === 'string' ? { channelId } : {}),
    ...(typeof protocol === 'string' ? { protocol } : {}),
  };
}
