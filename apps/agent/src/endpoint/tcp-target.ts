import type { Clock } from '@sallyport/kernel';
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { messageOf, within } from '../wait.js';
import { isDeniedTarget } from './denied-targets.js';
import { EndpointError, type Endpoint, type EndpointEvents } from './endpoint.port.js';

/** The machine's own loopback, for targets that name no host. */
const LOOPBACK = ['127.0.0.1', '::1'];
const MAX_PORT = 65_535;
const CONNECT_MS = 10_000;
/** How long a target may take to take what was sent to it before its connection is cut. */
const GRACE_MS = 2_000;

/** Where a forward goes. */
export interface Target {
  /** Name or address; empty: this machine. */
  readonly host: string;
  /** Decimal, 1 to 65,535. */
  readonly port: string;
}

const refuse = (reason: string, cause?: unknown): EndpointError =>
  new EndpointError('Open_port_failed', reason, { cause });

/**
 * Connects to a target. A name is resolved once; each address is checked, and the checked address is what is dialled.
 * @throws EndpointError `Open_port_failed` with the last address's reason
 */
export async function openTcpTarget(target: Target, events: EndpointEvents, clock: Clock): Promise<Endpoint> {
  const port = /^\d{1,5}$/.test(target.port) ? Number(target.port) : 0;
  if (port < 1 || port > MAX_PORT) throw refuse('the port is not a number from 1 to 65535');
  const addresses = target.host === '' ? LOOPBACK : await permittedAddresses(target.host, clock);
  let failure: unknown;
  for (const address of addresses) {
    try {
      return new TcpTarget(await connectTo(address, port), events, clock);
    } catch (error) {
      failure = error;
    }
  }
  throw refuse(connectReason(failure), failure);
}

async function permittedAddresses(host: string, clock: Clock): Promise<string[]> {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const found = await within(clock, CONNECT_MS, lookup(name, { all: true, order: 'verbatim' })).catch(
    (error: unknown) => {
      throw refuse('the target host cannot be resolved', error);
    },
  );
  if (!found?.length) throw refuse('the target host cannot be resolved in time');
  const permitted = found.map(({ address }) => address).filter((address) => !isDeniedTarget(address));
  if (permitted.length === 0) throw refuse('the target is a link-local or metadata address');
  return permitted;
}

function connectTo(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, timeout: CONNECT_MS });
    const timedOut = (): void => void socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' }));
    socket.once('timeout', timedOut).once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0).off('timeout', timedOut).off('error', reject).pause();
      resolve(socket);
    });
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the target',
  EPIPE: 'connection closed by the target',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
};

const connectReason = (error: unknown): string =>
  REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);

/** A TCP connection; its two directions end apart from each other. */
class TcpTarget implements Endpoint {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #events: EndpointEvents | undefined;

  constructor(socket: Socket, events: EndpointEvents, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
    let failure: string | undefined;
    socket.on('data', (bytes: Buffer) => this.#events?.data(bytes));
    socket.on('drain', () => this.#events?.drained());
    socket.on('end', () => this.#events?.halfClosed());
    socket.on('error', (error) => (failure = connectReason(error)));
    socket.on('close', () => this.#ended(failure));
    socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  resize(): void {
    // A connection has no size.
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    this.#events = undefined;
    if (this.#socket.closed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    // What the client sent last still reaches the target; what the target says to that has nobody to go to.
    this.#socket.end().resume();
    await within(this.#clock, GRACE_MS, closed);
    this.#socket.destroy();
  }

  #ended(failure: string | undefined): void {
    this.#events?.ended(failure === undefined ? { kind: 'closed' } : { kind: 'failed', reason: failure });
    this.#events = undefined;
  }
}
