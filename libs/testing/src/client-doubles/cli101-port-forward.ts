import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '@sallyport/kernel';
import { Cli101Stream } from './cli101-stream.js';

/** What a port forwarding uses; every local connection dials the same URL. */
export interface Cli101PortForwardOptions {
  readonly url: string;
  readonly ca?: string;
  readonly clock?: Clock;
}

/** `ali-instance-cli portforward` (wire §3.6): a listener; one WebSocket for each connection it accepts. */
export class Cli101PortForward {
  readonly streams: Cli101Stream[] = [];
  readonly failures: unknown[] = [];
  readonly #server: Server;
  readonly #locals = new Set<Socket>();

  private constructor(private readonly options: Cli101PortForwardOptions) {
    this.#server = createServer({ allowHalfOpen: true }, (local) => void this.#accept(local));
  }

  static async listen(options: Cli101PortForwardOptions): Promise<Cli101PortForward> {
    const forward = new Cli101PortForward(options);
    await new Promise<void>((resolve) => forward.#server.listen(0, '127.0.0.1', resolve));
    return forward;
  }

  /** Local TCP port, on loopback here; the program itself listens on all addresses. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends the program: everything drops. */
  async close(): Promise<void> {
    for (const stream of this.streams) stream.connection.socket.drop();
    for (const local of this.#locals) local.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #accept(local: Socket): Promise<void> {
    this.#locals.add(local);
    local.on('error', () => undefined);
    try {
      this.streams.push(await Cli101Stream.open(local, { ...this.options, mode: 'portforward' }));
    } catch (error) {
      this.failures.push(error);
      local.destroy();
    }
  }
}
