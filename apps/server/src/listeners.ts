import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SettingsError, type BoundPorts, type ServerTls, type Settings } from '@sallyport/platform';

/** Longest request line and headers together: V1 clients put whole commands into the query. */
const MAX_HEADER_BYTES = 96 * 1_024;
/** From connection to the last byte of the headers, and to the end of the body: nothing that a peer sends extends them. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CHECK_EVERY_MS = 2_000;
const KEEP_ALIVE_MS = 65_000;

/** The open listeners of a node. */
export interface Listeners {
  readonly ports: BoundPorts;
  /** No new connections; those that are idle end now. Resolves at once. */
  close(): void;
}

/**
 * Opens the plain and the TLS listener, whichever are on.
 * @param prepare  called with each server before it listens
 * @throws SettingsError naming the port that cannot be had
 */
export async function openListeners(
  { listen }: Settings,
  tls: ServerTls | undefined,
  handler: RequestListener,
  prepare: (server: Server) => void,
): Promise<Listeners> {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // The two limits above are looked at this often; Node's own 30 s would let a slow peer stay three times as long.
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  };
  const open: Server[] = [];
  const start = async (server: Server, port: number, setting: string): Promise<number> => {
    prepare(server);
    open.push(server);
    return listenOn(server, listen.host, port, setting);
  };
  const { httpPort, httpsPort } = listen;
  try {
    const http =
      httpPort === 'off'
        ? undefined
        : await start(createHttpServer(options, handler), httpPort, 'SALLYPORT_HTTP_PORT');
    const https =
      httpsPort === 'off' || !tls
        ? undefined
        : await start(
            createHttpsServer({ ...options, cert: tls.cert, key: tls.key }, handler),
            httpsPort,
            'SALLYPORT_HTTPS_PORT',
          );
    return { ports: { http, https }, close: () => closeAll(open) };
  } catch (error) {
    closeAll(open);
    throw error;
  }
}

function listenOn(server: Server, host: string, port: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new SettingsError([`${setting}: cannot listen (${cause.code ?? 'unknown error'})`], { cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function closeAll(servers: readonly Server[]): void {
  for (const server of servers) {
    server.close();
    server.closeIdleConnections();
  }
}
