/** What the upgrade's answer said; empty where the platform hides response headers (browsers). */
export interface UpgradeAnswer {
  /** Response header `x-sallyport-channel`: the id that a resume must name. */
  readonly channelId?: string;
  /** Response header `x-sallyport-protocol`: present when the server agreed to 1.03. */
  readonly protocol?: string;
}

/** Why a socket is gone. */
export interface SocketClosing {
  /** RFC 6455 close code; 1006 when no close frame came. */
  readonly code: number;
  /** Text of the close frame, or what the platform says of the failure. */
  readonly reason: string;
  /** Status of an upgrade that was refused. */
  readonly httpStatus?: number;
}

/** Called by the socket, never before the dial returned. */
export interface SessionSocketHandlers {
  opened(answer: UpgradeAnswer): void;
  /** One binary message; the view belongs to the receiver. */
  message(bytes: Uint8Array): void;
  /** Called once, whether or not `opened` came before. */
  closed(closing: SocketClosing): void;
}

/** A WebSocket as far as a session needs one; fits `ws` and a browser's. */
export interface SessionSocket {
  /** Sends one binary message; the bytes are not changed by the caller afterwards. */
  send(bytes: Uint8Array): void;
  /** Bytes given to `send` that the network has not taken. */
  readonly bufferedBytes: number;
  /** Starts the closing handshake and gives the peer a bounded time for it; repeating it does nothing. */
  close(code: number, reason: string): void;
  /** Stops reading, so that the relay is slowed down; absent where the platform cannot (browsers). */
  setPaused?(isPaused: boolean): void;
}

/** Opens a socket. A connection that fails says so through `closed`; `headers` are ignored where the platform cannot send any. */
export type DialSession = (
  url: string,
  headers: Readonly<Record<string, string>>,
  handlers: SessionSocketHandlers,
) => SessionSocket;
