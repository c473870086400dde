import { goUpgradeHeaders, RawWebSocket, type CloseInfo } from '../sockets/raw-websocket.js';
import { Opcode } from '../sockets/frame-reader.js';
import { CLOSED_LINES, ClientStatus, readClientFrame, writeFrame101 } from './client-frames.js';
import type { ClientFrame } from './client-frames.js';

/** Why a client's work ended. */
export interface ClientEnd {
  /** What the program printed about it; empty for a lost or closed connection. */
  readonly printed: string;
  /** The close frame, 1006 without one; `undefined` when the program ended it. */
  readonly close?: CloseInfo;
}

/** What a mode of the CLI does with what arrives. */
export interface Cli101Events {
  output(payload: Buffer): void;
  /** Told once. */
  ended(end: ClientEnd): void;
}

/** The WebSocket part that all modes of `ali-instance-cli` share (wire §3.1, §3.4). */
export class Cli101Connection {
  /** Every message received, status included, in order. */
  readonly received: ClientFrame[] = [];
  rateBitsPerSecond = 0;
  #sequence = 0;
  #hasEnded = false;

  private constructor(
    readonly socket: RawWebSocket,
    private readonly events: Cli101Events,
  ) {}

  /** @throws UpgradeRefused */
  static async dial(url: string, ca: string | undefined, events: Cli101Events): Promise<Cli101Connection> {
    // The CLI replaces the first `sessionid` it finds.
    const dialled = url.replace('sessionid', 'sessionId');
    const headers = goUpgradeHeaders(new URL(dialled).host, 'Go-http-client/1.1', [
      ['X-Acs-Session-Token', ''],
    ]);
    const connection = new Cli101Connection(await RawWebSocket.dial(dialled, headers, { ca }), events);
    connection.socket.bind({
      message: (_opcode, payload) => connection.#receive(payload),
      closed: (close) => connection.#end({ printed: '', close }),
    });
    return connection;
  }

  /** Sends a message with the next sequence number. */
  send(type: number, payload: Uint8Array): boolean {
    return this.socket.send(Opcode.Binary, writeFrame101(type, this.#sequence++, payload));
  }

  /** Reasons of all status messages of a code, in order. */
  statuses(code: number): string[] {
    return this.received
      .filter(({ type, payload }) => type === 5 && payload[0] === code)
      .map(({ payload }) => payload.toString('ascii', 1));
  }

  #receive(bytes: Buffer): void {
    if (this.#hasEnded) return;
    const frame = readClientFrame(bytes);
    this.received.push(frame);
    if (frame.createdMs === 0) this.#end({ printed: 'created is 0' });
    else if (frame.type === 1) this.events.output(frame.payload);
    else if (frame.type === 5) this.#takeStatus(frame.payload);
  }

  #takeStatus(payload: Buffer): void {
    const code = payload[0];
    if (code === undefined) throw new Error('status without a code: the CLI reads an undefined byte');
    const reason = payload.toString('ascii', 1);
    if (code === ClientStatus.Stream)
      this.rateBitsPerSecond = payload.readUIntBE(1, Math.min(4, payload.length - 1));
    else if (code === ClientStatus.Aborted) this.#end({ printed: payload.toString('latin1') });
    else if (code === ClientStatus.Closed) this.#end({ printed: `${CLOSED_LINES[reason] ?? reason}\n` });
  }

  #end(end: ClientEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.events.ended(end);
  }
}
