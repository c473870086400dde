import {
  ClientMessage,
  ClientStatus,
  Opcode,
  readClientFrame,
  until,
  type Transcript,
  type TranscriptEvent,
} from '@sallyport/testing';
import { expect } from 'vitest';
import type { PuppetAgent, PuppetChannel } from './puppet-agent.js';
import type { ReplayServer } from './replay-server.js';
import { offByOne, ReplayWires } from './replay-wires.js';
import { sameShape } from './same-shape.js';

/** A recorded client WebSocket, with the channel that the server gave it. */
interface ClientWire {
  readonly channel: PuppetChannel;
  readonly inputs: Buffer[];
  readonly resizes: string[];
}

/** Plays the recorded command line against a server; a puppet agent sends what the stub sent. */
export class ClientReplay {
  readonly #wires: ReplayWires;
  readonly #clients = new Map<number, ClientWire>();
  readonly #skipped = new Set<number>();
  #url: string | undefined;

  constructor(
    private readonly server: ReplayServer,
    private readonly puppet: PuppetAgent,
    private readonly transcript: Transcript,
  ) {
    this.#wires = new ReplayWires(server.host);
  }

  async play(): Promise<void> {
    const events = this.transcript.events.filter(({ kind }) => kind !== 'mark');
    for (const [index, event] of events.entries()) {
      if (this.#skipped.has(event.conn)) continue;
      if (event.dir === 'in') await this.#program(event, events.slice(index + 1));
      else await this.#stub(event);
    }
    this.#wires.close();
  }

  async #program(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    if (event.kind === 'http-request') await this.#request(event, later);
    else if (event.kind === 'ws-upgrade') await this.#upgrade(event);
    else if (event.kind === 'tcp-close') await this.#leave(event.conn);
    else if (event.kind === 'ws-close') this.#wires.sendClose(event);
    else if (event.kind === 'ws-frame' && event.opcode === Opcode.Binary) await this.#frame(event);
    else if (event.kind === 'ws-frame') this.#wires.send(event);
  }

  async #request(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    expect(await answerToSpoilt(this.#wires, event)).toEqual(SPOILT);
    const { status, body } = await this.#wires.request(event);
    const recorded = later.find(({ conn, kind }) => conn === event.conn && kind === 'http-response');
    expect({ body, status }).toEqual({ body, status: recorded?.status });
    expect(sameShape(recorded?.body ?? '', body)).toEqual([]);
    const { WebSocketUrl } = JSON.parse(body) as { WebSocketUrl?: string };
    if (WebSocketUrl !== undefined) this.#url = WebSocketUrl;
  }

  async #upgrade(event: TranscriptEvent): Promise<void> {
    if (event.query?.includes('s-debug') === true) {
      // The debug mode dials a URL that no call has given.
      this.#skipped.add(event.conn);
      expect(await this.#wires.refusedUpgrade({ ...event, path: '/session' })).toBe(401);
      return;
    }
    const { pathname, search } = new URL(this.#url ?? '');
    await this.#wires.upgrade(event, undefined, `${pathname}${search}`);
    const channel = await this.puppet.channel(this.#clients.size);
    this.#clients.set(event.conn, { channel, inputs: [], resizes: [] });
  }

  async #frame(event: TranscriptEvent): Promise<void> {
    this.#wires.send(event);
    const client = this.#client(event.conn);
    const { type, payload } = readClientFrame(Buffer.from(event.hex ?? '', 'hex'));
    if (type === ClientMessage.Input) client.inputs.push(payload);
    if (type === ClientMessage.Resize)
      client.resizes.push(JSON.stringify({ cols: payload.readInt16LE(2), rows: payload.readInt16LE(0) }));
    if (type !== ClientMessage.Close) return;
    await this.#checkArrived(client);
    await until('the server to answer a Close by closing', () => !this.#isOpen(event.conn));
  }

  async #stub(event: TranscriptEvent): Promise<void> {
    if (event.kind === 'tcp-close') this.#wires.drop(event.conn);
    if (event.kind !== 'ws-frame' || event.opcode !== Opcode.Binary) return;
    const { type, payload } = readClientFrame(Buffer.from(event.hex ?? '', 'hex'));
    if (type === ClientMessage.Output) await this.#output(event.conn, payload);
    if (type === ClientMessage.Status && payload[0] === ClientStatus.Closed) await this.#exit(event.conn);
  }

  /** What the agent says arrives at the client, payload untouched, in a frame that the program can read. */
  async #output(conn: number, payload: Buffer): Promise<void> {
    this.#client(conn).channel.send(payload);
    const bytes = await this.#wires.take(
      conn,
      'the output',
      (frame) => frame.readUInt32LE(0) === ClientMessage.Output,
    );
    const frame = readClientFrame(bytes);
    expect(frame.payload.equals(payload)).toBe(true);
    expect(frame).toMatchObject({ version: '1.01', lengthField: payload.length });
    expect(frame.createdMs).toBeGreaterThan(0);
  }

  /** The shell ends: what was typed has arrived, and the client is told `Exit`. */
  async #exit(conn: number): Promise<void> {
    const client = this.#client(conn);
    await this.#checkArrived(client);
    await client.channel.exit();
    const bytes = await this.#wires.take(conn, 'status Closed', (frame) => {
      const { type, payload } = readClientFrame(frame);
      return type === ClientMessage.Status && payload[0] === ClientStatus.Closed;
    });
    expect(readClientFrame(bytes).payload.toString('latin1')).toBe('\x05Exit');
  }

  async #checkArrived({ channel, inputs, resizes }: ClientWire): Promise<void> {
    const typed = Buffer.concat(inputs);
    await until('all input to arrive', () => Buffer.concat(channel.inputs).length >= typed.length);
    expect(Buffer.concat(channel.inputs).equals(typed)).toBe(true);
    expect(channel.resizes.map((text) => JSON.parse(text) as unknown)).toEqual(
      resizes.map((text) => JSON.parse(text) as unknown),
    );
  }

  #leave(conn: number): Promise<void> {
    this.#wires.drop(conn);
    return Promise.resolve();
  }

  #isOpen(conn: number): boolean {
    return this.#wires.sockets.get(conn)?.socket.isOpen ?? false;
  }

  #client(conn: number): ClientWire {
    const client = this.#clients.get(conn);
    if (!client) throw new Error(`no client on connection ${conn}`);
    return client;
  }
}

/** Answer to a recorded call with one character of its signature changed; its nonce is not used up by that. */
export async function answerToSpoilt(wires: ReplayWires, event: TranscriptEvent): Promise<[number, string]> {
  const spoilt = (event.query ?? '').replace(/(?<=(?:^|&)Signature=)[^&]+/, (signature) =>
    encodeURIComponent(offByOne(decodeURIComponent(signature))),
  );
  const { status, body } = await wires.request(event, undefined, spoilt);
  return [status, (JSON.parse(body) as { Code: string }).Code];
}

/** What a spoilt signature gets. */
export const SPOILT: readonly [number, string] = [400, 'SignatureDoesNotMatch'];
