import { Opcode, readClientFrame, until, type Transcript, type TranscriptEvent } from '@sallyport/testing';
import { expect } from 'vitest';
import type { ReplayServer } from './replay-server.js';
import { answerToSpoilt, SPOILT } from './client-replay.js';
import { ReplayWires, spoilAgentSignature } from './replay-wires.js';
import { sameShape } from './same-shape.js';

const CLIENT = '/client';
const CONTROL = '/luban/notify_server';
const STATUS = 5;

/** What a frame says, whatever its layout. */
interface Meaning {
  readonly type: number;
  /** Hexadecimal; a resize as its two numbers. */
  readonly payload: string;
}

/** Plays both programs of a recording of one session and expects every frame that the recorded relay sent. */
export class PairReplay {
  readonly #wires: ReplayWires;
  #url = '';

  constructor(
    private readonly server: ReplayServer,
    private readonly transcript: Transcript,
  ) {
    this.#wires = new ReplayWires(server.host);
  }

  /** @returns the numbers of frames to the agent and to the client that were as recorded */
  async play(): Promise<{ toAgent: number; toClient: number }> {
    const compared = { toAgent: 0, toClient: 0 };
    const events = this.transcript.events.filter(({ kind }) => kind !== 'mark');
    for (const [index, event] of events.entries()) {
      if (event.dir === 'in') await this.#program(event, events.slice(index + 1));
      else if (event.kind === 'ws-frame' && event.opcode === Opcode.Text) await this.#kick(event);
      else if (event.kind === 'ws-frame' && event.opcode === Opcode.Binary) {
        await this.#expectFrame(event);
        compared[this.#pathOf(event.conn) === CLIENT ? 'toClient' : 'toAgent']++;
      }
    }
    this.#wires.close();
    return compared;
  }

  async #program(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    if (event.kind === 'http-request') await this.#request(event, later);
    else if (event.kind === 'ws-upgrade') await this.#upgrade(event);
    else if (event.kind === 'tcp-close') this.#wires.drop(event.conn);
    else if (event.kind === 'ws-close') this.#wires.sendClose(event);
    else if (event.kind === 'ws-frame') this.#wires.send(event);
  }

  async #request(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    if (isOfAgent(event)) expect((await this.#wires.request(event, spoilAgentSignature)).status).toBe(401);
    else expect(await answerToSpoilt(this.#wires, event)).toEqual(SPOILT);
    const { status, body } = await this.#wires.request(event);
    const recorded = later.find(({ conn, kind }) => conn === event.conn && kind === 'http-response');
    expect({ path: event.path, status }).toEqual({ path: event.path, status: recorded?.status });
    expect(sameShape(recorded?.body ?? '', body)).toEqual([]);
    const { WebSocketUrl } = JSON.parse(body) as { WebSocketUrl?: string };
    if (WebSocketUrl !== undefined) this.#url = WebSocketUrl;
  }

  async #upgrade(event: TranscriptEvent): Promise<void> {
    if (isOfAgent(event)) expect(await this.#wires.refusedUpgrade(event, spoilAgentSignature)).toBe(401);
    const { pathname, search } = new URL(this.#url || `ws://${this.server.host}`);
    await this.#wires.upgrade(event, undefined, event.path === CLIENT ? `${pathname}${search}` : undefined);
  }

  async #kick({ conn, hex = '' }: TranscriptEvent): Promise<void> {
    const texts = this.#wires.sockets.get(conn)?.texts ?? [];
    const kick = await until('the kick', () => texts.shift());
    const recorded = Buffer.from(hex, 'hex').toString().split(' ');
    expect(this.#pathOf(conn)).toBe(CONTROL);
    expect(kick.split(' ').slice(0, 3)).toEqual(recorded.slice(0, 3));
    this.#wires.alias(recorded[3] ?? '', kick.split(' ')[3] ?? '');
  }

  /** The next frame of that type is the recorded one; Opened, Stream and keep-alives may come between. */
  async #expectFrame({ conn, hex = '' }: TranscriptEvent): Promise<void> {
    const read = this.#pathOf(conn) === CLIENT ? ofClient : ofAgent;
    const recorded = read(Buffer.from(hex, 'hex'));
    const isNext = (frame: Buffer): boolean => {
      const { type, payload } = read(frame);
      if (type !== recorded.type || payload === '') return false;
      return type !== STATUS || payload.startsWith(recorded.payload.slice(0, 2));
    };
    expect(read(await this.#wires.take(conn, JSON.stringify(recorded), isNext))).toEqual(recorded);
  }

  #pathOf(conn: number): string {
    return this.#wires.sockets.get(conn)?.path ?? '';
  }
}

const isOfAgent = ({ path = '' }: TranscriptEvent): boolean => path.startsWith('/luban/');

const ofClient = (frame: Buffer): Meaning => {
  const { type, payload } = readClientFrame(frame);
  return { type, payload: payload.toString('hex') };
};

function ofAgent(frame: Buffer): Meaning {
  const payload = frame.subarray(60);
  const type = frame.readUInt32LE(0);
  if (type !== 2) return { type, payload: payload.toString('hex') };
  const { cols, rows } = JSON.parse(payload.toString()) as { cols: number; rows: number };
  return { type, payload: `${cols} ${rows}` };
}
