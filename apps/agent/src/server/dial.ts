import { OWN_PROTOCOL_HEADER, OWN_PROTOCOL_VERSION } from '@sallyport/wire';
import { WebSocket } from 'ws';
import { USER_AGENT } from '../version.js';
import { messageOf } from '../wait.js';
import { CallError } from './call-error.js';
import { parseRetryAfterMs } from './retry-after.js';

const HANDSHAKE_MS = 15_000;
/** Kicks have 256 characters, frames 1 MiB and a header. */
const MAX_MESSAGE_BYTES = 1_048_576 + 1_024;

/** An open socket. */
export interface DialledSocket {
  /** Paused, so that nothing is missed: `resume()` it once it is listened to. */
  readonly socket: WebSocket;
  /** Whether the server agreed to protocol 1.03. */
  readonly isOwnProtocol: boolean;
}

/** What {@link dial} needs beside the path. */
export interface Dialling {
  readonly socketOrigin: string;
  readonly ca: string | undefined;
  readonly sign: () => Record<string, string>;
}

/**
 * Opens a WebSocket with a signed upgrade that offers protocol 1.03.
 * @throws CallError
 */
export function dial(
  { socketOrigin, ca, sign }: Dialling,
  path: string,
  signal: AbortSignal,
): Promise<DialledSocket> {
  const socket = new WebSocket(socketOrigin + path, {
    headers: { ...sign(), 'user-agent': USER_AGENT, [OWN_PROTOCOL_HEADER]: OWN_PROTOCOL_VERSION },
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
    ...(ca !== undefined && { ca }),
  });
  return new Promise<DialledSocket>((resolve, reject) => {
    const abort = (): void => socket.terminate();
    let isOwnProtocol = false;
    signal.addEventListener('abort', abort);
    socket.on(
      'upgrade',
      ({ headers }) => (isOwnProtocol = headers[OWN_PROTOCOL_HEADER] === OWN_PROTOCOL_VERSION),
    );
    socket.on('unexpected-response', (request, { statusCode = 0, headers }) => {
      reject(new CallError(`HTTP ${statusCode}`, statusCode, parseRetryAfterMs(headers['retry-after'])));
      request.destroy();
    });
    socket.on('error', (error) => reject(new CallError(messageOf(error))));
    socket.on('close', () => signal.removeEventListener('abort', abort));
    socket.on('open', () => {
      signal.removeEventListener('abort', abort);
      socket.pause();
      resolve({ socket, isOwnProtocol });
    });
    if (signal.aborted) abort();
  });
}
