import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { ByteSocket } from '@sallyport/relay';
import { NetByteSocket } from './net-byte-socket.js';

/** A yes to an upgrade request: who takes the connection, and what the answer says beside the handshake. */
export type Admission = {
  /** Further headers of the 101 answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called instead when the peer has left, or its handshake is not valid. */
  abandoned?(): void;
} & (
  | { readonly kind: 'messages'; take(socket: WebSocket, request: IncomingMessage): void }
  | { readonly kind: 'bytes'; take(socket: ByteSocket): void }
);

/** Kicks are answered with a line each; nothing that a control socket carries is larger. */
const MAX_CONTROL_MESSAGE_BYTES = 65_536;

/** What `ws` gives to {@link SocketHolder} in place of a working WebSocket. */
interface RawConnection {
  readonly socket: Socket;
  readonly head: Buffer;
}

/**
 * Stands in for the WebSocket class of `ws`, so that the library does the handshake and leaves the connection itself to us:
 * after pairing, the relay works on the socket's own bytes.
 */
class SocketHolder extends WebSocket {
  connection: RawConnection | undefined;

  /** Called by `ws` once the 101 answer is written; the stock method would start to parse frames. */
  setSocket(socket: Socket, head: Buffer): void {
    this.connection = { socket, head };
  }
}

/** Answers upgrade requests that were admitted (RFC 6455 §4.2, by `ws`). */
export class Handshake {
  readonly #headers = new WeakMap<IncomingMessage, Readonly<Record<string, string>>>();
  readonly #messages = this.#server({ maxPayload: MAX_CONTROL_MESSAGE_BYTES });
  readonly #bytes = this.#server({ WebSocket: SocketHolder });

  /** Completes the handshake and hands the connection over; a bad handshake is answered with 400. */
  answer(request: IncomingMessage, socket: Duplex, head: Buffer, admission: Admission): void {
    if (socket.destroyed || !socket.writable) {
      admission.abandoned?.();
      return;
    }
    if (admission.headers) this.#headers.set(request, admission.headers);
    const outcome = { isTaken: false };
    const server = admission.kind === 'messages' ? this.#messages : this.#bytes;
    // `ws` calls back synchronously, or answers 400 and does not call back at all.
    server.handleUpgrade(request, socket, head, (webSocket) => {
      outcome.isTaken = true;
      if (admission.kind === 'messages') admission.take(webSocket, request);
      else admission.take(byteSocketOf(webSocket));
    });
    if (!outcome.isTaken) admission.abandoned?.();
  }

  #server(options: { maxPayload?: number; WebSocket?: typeof SocketHolder }): WebSocketServer {
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      ...options,
    });
    server.on('headers', (lines, request) => {
      for (const [name, value] of Object.entries(this.#headers.get(request) ?? {}))
        lines.push(`${name}: ${value}`);
    });
    return server;
  }
}

function byteSocketOf(holder: WebSocket): ByteSocket {
  const connection = holder instanceof SocketHolder ? holder.connection : undefined;
  if (!connection) throw new Error('the handshake left no connection');
  return new NetByteSocket(connection.socket, connection.head);
}
