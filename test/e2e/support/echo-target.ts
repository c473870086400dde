import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP service that greets with the connection's number, sends back what comes, and ends at `BYE`. */
export class EchoTarget {
  readonly connections: Socket[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections.push(socket);
      socket.on('error', () => undefined);
      socket.write(`hello ${this.connections.length}\n`);
      socket.on('data', (bytes: Buffer) => {
        if (bytes.toString() === 'BYE') socket.end('bye\n');
        else socket.write(bytes);
      });
    });
  }

  static async listen(): Promise<EchoTarget> {
    const target = new EchoTarget();
    await new Promise<void>((resolve) => target.#server.listen(0, '127.0.0.1', resolve));
    return target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
