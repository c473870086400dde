import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { lastValueFrom, type Observable } from 'rxjs';
import type { RawData, WebSocket } from 'ws';
import type { Gatekeeper, UpgradeRouter } from './upgrade-router.js';

/** Event under which gateways subscribe to frames: `@SubscribeMessage(FRAME)`. */
export const FRAME = 'frame';

/** Who may open a gateway's socket: what the gatekeeper says before the upgrade is answered. */
export interface SocketPass {
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the open socket, before any of its frames. */
  opened(socket: WebSocket): void;
}

/** The server that a gateway gets in `afterInit`: it says there who may open its sockets. */
export class GatewayServer extends EventEmitter {
  authenticate: (request: IncomingMessage) => Promise<SocketPass> = () =>
    Promise.reject(new Error('no gatekeeper'));

  /** The gatekeeper of the gateway's path. */
  readonly gatekeeper: Gatekeeper = async (request) => {
    const pass = await this.authenticate(request);
    return {
      kind: 'messages',
      ...(pass.headers && { headers: pass.headers }),
      take: (socket) => {
        pass.opened(socket);
        this.emit('connection', socket, request);
      },
    };
  };
}

/**
 * Carries `@nestjs/websockets` gateways over plain `ws` frames: each frame reaches the gateway's `FRAME` handler as it is
 * and in order (the stock adapter wants JSON and loses order behind asynchronous handlers), and authentication comes
 * before the upgrade is answered.
 */
export class RawFramesAdapter implements WebSocketAdapter<GatewayServer, WebSocket, { path: string }> {
  constructor(private readonly router: UpgradeRouter) {}

  create(_port: number, options: { path: string }): GatewayServer {
    const server = new GatewayServer();
    this.router.route(options.path, server.gatekeeper);
    return server;
  }

  bindClientConnect(
    server: GatewayServer,
    callback: (socket: WebSocket, request: IncomingMessage) => void,
  ): void {
    server.on('connection', callback);
  }

  bindClientDisconnect(socket: WebSocket, callback: () => void): void {
    socket.on('close', callback);
  }

  bindMessageHandlers(
    socket: WebSocket,
    handlers: WsMessageHandler[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    const handler = handlers.find(({ message }) => message === FRAME);
    if (!handler) return;
    let last: Promise<unknown> = Promise.resolve();
    socket.on('message', (data: RawData) => {
      last = last
        .then(() => lastValueFrom(transform(handler.callback(data)), { defaultValue: undefined }))
        .catch(() => socket.terminate());
    });
  }

  close(server: GatewayServer): void {
    server.removeAllListeners();
  }

  /** Asked for by Nest when the application ends; sockets and listeners are closed by the node itself. */
  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
