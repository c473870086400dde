import { Agent, request as httpRequest } from 'node:http';
import { Opcode, RawWebSocket, until, UpgradeRefused, type TranscriptEvent } from '@sallyport/testing';

/** An HTTP answer of the server under test. */
export interface ReplayAnswer {
  readonly status: number;
  readonly body: string;
}

/** A recorded connection that was opened again, and what came over it. */
export interface ReplaySocket {
  readonly path: string;
  readonly socket: RawWebSocket;
  readonly texts: string[];
  readonly frames: Buffer[];
}

/** The recorded program's connections, opened to a server under test; recorded ids are replaced by real ones. */
export class ReplayWires {
  readonly sockets = new Map<number, ReplaySocket>();
  readonly #ids = new Map<string, string>();
  readonly #agents = new Map<number, Agent>();

  constructor(private readonly host: string) {}

  /** From now on `recorded` stands for `real`, in paths, texts and headers of frames. */
  alias(recorded: string, real: string): void {
    this.#ids.set(recorded, real);
  }

  /** `text` with real ids. */
  real(text: string): string {
    let result = text;
    for (const [recorded, real] of this.#ids) result = result.replaceAll(recorded, real);
    return result;
  }

  /** Sends a recorded request. @param change  applied to each header's value: for a signature that is off by one */
  async request(
    event: TranscriptEvent,
    change: (name: string, value: string) => string = (_name, value) => value,
    query = event.query,
  ): Promise<ReplayAnswer> {
    const agent = this.#agents.get(event.conn) ?? new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agents.set(event.conn, agent);
    const body = event.bodyHex === undefined ? (event.body ?? '') : Buffer.from(event.bodyHex, 'hex');
    const path = this.real(`${event.path ?? '/'}${query === null || query === undefined ? '' : `?${query}`}`);
    const headers = this.#headers(event, change).flat();
    return await new Promise((resolve, reject) => {
      const request = httpRequest(`http://${this.host}${path}`, { method: event.method, agent, headers });
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      request.end(body);
    });
  }

  /** Opens a recorded WebSocket. @throws UpgradeRefused */
  async upgrade(
    event: TranscriptEvent,
    change: (name: string, value: string) => string = (_name, value) => value,
    pathAndQuery = this.real(`${event.path ?? '/'}${event.query ? `?${event.query}` : ''}`),
  ): Promise<ReplaySocket> {
    const headers = this.#headers(event, change);
    const socket = await RawWebSocket.dial(`ws://${this.host}${pathAndQuery}`, headers);
    const opened: ReplaySocket = { path: event.path ?? '', socket, texts: [], frames: [] };
    socket.bind({
      message: (opcode, payload) => {
        if (opcode === Opcode.Text) opened.texts.push(payload.toString());
        else opened.frames.push(payload);
      },
    });
    this.sockets.set(event.conn, opened);
    return opened;
  }

  /** The status with which an upgrade is refused; 101 when it is not, and then the socket is dropped. */
  async refusedUpgrade(
    event: TranscriptEvent,
    change?: (name: string, value: string) => string,
  ): Promise<number> {
    try {
      const { socket } = await this.upgrade(event, change);
      socket.drop();
      return 101;
    } catch (error) {
      if (error instanceof UpgradeRefused) return error.status;
      throw error;
    }
  }

  /** Sends a recorded frame: texts and agents' headers with real channel ids. */
  send({ conn, opcode = Opcode.Binary, hex = '' }: TranscriptEvent): void {
    const wire = this.sockets.get(conn);
    if (!wire) throw new Error(`no socket on connection ${conn}`);
    const payload = Buffer.from(hex, 'hex');
    const isAgentFrame = opcode === Opcode.Binary && wire.path.endsWith('/backend');
    if (opcode === Opcode.Text) wire.socket.send(opcode, Buffer.from(this.real(payload.toString())));
    else wire.socket.send(opcode, isAgentFrame ? this.#withRealChannel(payload) : payload);
  }

  /** Sends a recorded close frame. */
  sendClose({ conn, hex = '' }: TranscriptEvent): void {
    this.sockets.get(conn)?.socket.send(Opcode.Close, Buffer.from(hex, 'hex'));
  }

  /** Ends a connection without a close frame. */
  drop(conn: number): void {
    this.sockets.get(conn)?.socket.drop();
    this.#agents.get(conn)?.destroy();
  }

  close(): void {
    for (const { socket } of this.sockets.values()) socket.drop();
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** Takes the next binary message that `accept` is true of, those before it included. */
  async take(conn: number, what: string, accept: (frame: Buffer) => boolean): Promise<Buffer> {
    const { frames } = this.sockets.get(conn) ?? { frames: [] };
    return await until(
      () =>
        `${what} on connection ${conn}; it has ${frames.map((frame) => frame.toString('hex', 0, 90)).join(' ')}`,
      () => {
        const at = frames.findIndex(accept);
        return at < 0 ? undefined : frames.splice(0, at + 1).at(-1);
      },
    );
  }

  /** In the order and case of the recording. */
  #headers(
    { headers = [] }: TranscriptEvent,
    change: (name: string, value: string) => string,
  ): (readonly [string, string])[] {
    return headers.map(([name, value]) => [name, name === 'Host' ? this.host : change(name, value)]);
  }

  #withRealChannel(frame: Buffer): Buffer {
    const recorded = frame.toString('ascii', 8, 40).trimEnd();
    const changed = Buffer.from(frame);
    changed.write(this.real(recorded).padEnd(32, ' '), 8, 32, 'ascii');
    return changed;
  }
}

/** Changes one character of a base64 text, where all its bits count. */
export const offByOne = (text: string): string =>
  `${text.slice(0, 10)}${text[10] === 'A' ? 'B' : 'A'}${text.slice(11)}`;

/** A header change that spoils an agent's signature. */
export const spoilAgentSignature = (name: string, value: string): string =>
  name.toLowerCase() === 'x-acs-signature' ? offByOne(value) : value;
