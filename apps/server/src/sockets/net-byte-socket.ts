import type { Socket } from 'node:net';
import type { ByteSocket, ByteSocketHandlers } from '@sallyport/relay';

/** A TCP or TLS socket as the relay's byte port. */
export class NetByteSocket implements ByteSocket {
  readonly #socket: Socket;

  /** @param head  bytes that came with the upgrade request, if any */
  constructor(socket: Socket, head: Uint8Array) {
    this.#socket = socket;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    if (head.length > 0) socket.unshift(head);
  }

  bind(handlers: ByteSocketHandlers): void {
    this.#socket.on('data', (view: Buffer) => handlers.data(view));
    this.#socket.on('drain', () => handlers.drain());
    // HTTP servers leave sockets half open; a WebSocket peer that ended has nothing left to read either.
    this.#socket.on('end', () => this.#socket.end());
    this.#socket.on('close', () => handlers.closed());
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
