import {
  Cli101Connection,
  ClientMessage,
  Opcode,
  OutputLog,
  resizePayload,
  until,
  type ClientEnd,
  type Transcript,
  type TranscriptEvent,
} from '@sallyport/testing';
import { expect } from 'vitest';
import { sameShape } from './same-shape.js';
import type { ReplayServer } from './replay-server.js';
import { ReplayWires, spoilAgentSignature, type ReplayAnswer } from './replay-wires.js';

const INPUT = 0;
const OUTPUT = 1;
const RESIZE = 2;

/** What stands behind a recorded channel: a session of the server, with a client of this test. */
interface Counterpart {
  readonly sessionId: string;
  readonly client: Cli101Connection;
  readonly output: OutputLog;
  readonly ended: Promise<ClientEnd>;
  expected: Buffer[];
  isStopped: boolean;
}

/** What `session[]` of a recorded fetch asked for. */
interface RecordedTask {
  readonly channelId: string;
  readonly username: string;
  readonly cmdContent: string;
  readonly portNumber: string;
}

/** Plays a recorded agent; where the stub took an initiative, a client of the session does. */
export class AgentReplay {
  readonly #wires: ReplayWires;
  readonly #channels = new Map<string, Counterpart>();
  readonly #skipped = new Set<number>();
  #control = 0;
  #isGone = false;

  constructor(
    private readonly server: ReplayServer,
    private readonly transcript: Transcript,
  ) {
    this.#wires = new ReplayWires(server.host);
  }

  /**
   * Plays it all, to the end of every session it holds.
   *
   * @param accept  which events are played; all by default
   * @param isStray  which of them follow kicks that this server never sends: about channels it does not know
   */
  async play(
    accept: (event: TranscriptEvent) => boolean = () => true,
    isStray: (event: TranscriptEvent) => boolean = () => false,
  ): Promise<void> {
    const events = this.transcript.events.filter((event) => event.kind !== 'mark' && accept(event));
    for (const [index, event] of events.entries()) {
      if (this.#skipped.has(event.conn)) continue;
      if (isStray(event)) await this.#stray(event);
      else if (event.dir === 'in') await this.#program(event, events.slice(index + 1));
      else await this.#stub(event);
    }
    for (const { ended, client } of this.#channels.values()) {
      await ended;
      client.socket.drop();
    }
    this.#wires.close();
  }

  /** How the server recorded the end of a recorded channel's session. */
  async endOf(recordedId: string): Promise<Readonly<Record<string, unknown>>> {
    const { sessionId, ended } = this.#channel(recordedId);
    await ended;
    const answer = await this.server.rpc('DescribeTerminalSessions', { SessionId: sessionId });
    const { Session } = answer['Sessions'] as {
      Session: readonly { Connections: { Connection: readonly Record<string, unknown>[] } }[];
    };
    return Session[0]?.Connections.Connection[0] ?? {};
  }

  /** What the client of a recorded channel printed at the end. */
  async printed(recordedId: string): Promise<string> {
    return (await this.#channel(recordedId).ended).printed;
  }

  async #program(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    if (event.kind === 'http-request') await this.#request(event, later);
    else if (event.kind === 'ws-upgrade') await this.#upgrade(event, later);
    else if (event.kind === 'tcp-close') this.#wires.drop(event.conn);
    else if (event.kind === 'ws-close') this.#wires.sendClose(event);
    else if (event.kind === 'ws-frame') this.#frame(event);
  }

  async #stray(event: TranscriptEvent): Promise<void> {
    if (event.dir === 'out') return;
    if (event.kind === 'ws-upgrade') {
      this.#skipped.add(event.conn);
      expect(await this.#wires.refusedUpgrade(event, spoilAgentSignature)).toBe(401);
      expect(await this.#wires.refusedUpgrade(event)).toBe(404);
    } else if (event.kind === 'http-request') {
      const { status, body } = await this.#checkedRequest(event);
      expect({ path: event.path, status }).toEqual({ path: event.path, status: 200 });
      if (event.path?.endsWith('/session/list') === true)
        expect(JSON.parse(body)).toMatchObject({ code: 200, session: [] });
      expect(this.#wires.sockets.get(this.#control)?.socket.isOpen).toBe(true);
    } else await this.#program(event, []);
  }

  /** The answer to a request which, if it is signed, is refused with another signature. */
  async #checkedRequest(event: TranscriptEvent): Promise<ReplayAnswer> {
    const isSigned = (event.headers ?? []).some(([name]) => name === 'X-Acs-Signature');
    if (isSigned) expect((await this.#wires.request(event, spoilAgentSignature)).status).toBe(401);
    return await this.#wires.request(event);
  }

  async #request(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    const answer = await this.#checkedRequest(event);
    if (this.#isGone && event.path?.endsWith('/metrics')) {
      // The stub answered a machine that had left, signed or not; this server does not know it any more.
      expect(answer.status).toBe(401);
      return;
    }
    this.#isGone ||= event.path?.endsWith('/deregister') === true;
    const recorded = later.find(({ conn, kind }) => conn === event.conn && kind === 'http-response');
    expect({ path: event.path, status: answer.status }).toEqual({
      path: event.path,
      status: recorded?.status,
    });
    expect(sameShape(recorded?.body ?? '', answer.body)).toEqual([]);
    if (event.path?.endsWith('/heart-beat')) checkInterval(answer.body);
    if (event.path?.endsWith('/session/list')) this.#checkTask(recorded?.body ?? '', answer.body);
    if (event.path?.endsWith('/session/status')) await this.#checkOutput(event);
  }

  #checkTask(recorded: string, body: string): void {
    const [expected] = (JSON.parse(recorded) as { session: readonly RecordedTask[] }).session;
    const [task] = (JSON.parse(body) as { session: readonly RecordedTask[] }).session;
    expect(task).toMatchObject({
      channelId: this.#wires.real(expected?.channelId ?? ''),
      username: expected?.username,
      cmdContent: expected?.cmdContent,
    });
  }

  /** Everything that the agent sent has reached the client, complete and in order. */
  async #checkOutput({ query }: TranscriptEvent): Promise<void> {
    const channel = this.#channel(/channelId=([^&]+)/.exec(query ?? '')?.[1] ?? '');
    if (channel.isStopped) return;
    const expected = Buffer.concat(channel.expected);
    await until('all output', () => channel.output.byteLength >= expected.length);
    expect(channel.output.bytes().equals(expected)).toBe(true);
  }

  async #upgrade(event: TranscriptEvent, later: readonly TranscriptEvent[]): Promise<void> {
    const answer = later.find(({ conn, dir }) => conn === event.conn && dir === 'out');
    expect(await this.#wires.refusedUpgrade(event, spoilAgentSignature)).toBe(401);
    if (answer?.kind !== 'ws-upgrade') {
      // The stub refused it for the sake of the recording; the server has no reason to.
      this.#skipped.add(event.conn);
      expect(await this.#wires.refusedUpgrade(event)).toBe(101);
      return;
    }
    await this.#wires.upgrade(event);
    if (event.path === '/luban/notify_server') this.#control = event.conn;
  }

  #frame(event: TranscriptEvent): void {
    this.#wires.send(event);
    const frame = Buffer.from(event.hex ?? '', 'hex');
    if (event.opcode !== Opcode.Binary || frame.readUInt32LE(0) !== OUTPUT) return;
    this.#channelOf(frame).expected.push(frame.subarray(60));
  }

  async #stub(event: TranscriptEvent): Promise<void> {
    if (event.kind === 'tcp-close') this.#wires.drop(event.conn);
    if (event.kind !== 'ws-frame') return;
    const payload = Buffer.from(event.hex ?? '', 'hex');
    if (event.opcode === Opcode.Pong) await this.#pong(event.conn);
    if (event.opcode === Opcode.Text) await this.#kick(payload.toString());
    if (event.opcode === Opcode.Binary) await this.#toAgent(event.conn, payload);
  }

  async #pong(conn: number): Promise<void> {
    await until('a pong', () => this.#wires.sockets.get(conn)?.socket.pongs.includes('keepalive'));
  }

  async #kick(text: string): Promise<void> {
    const [, action, id] = /^kick_vm session (start|stop) (\S+)$/.exec(text) ?? [];
    if (id === undefined) return;
    if (action === 'start') await this.#openSession(id);
    else if (!this.#channel(id).isStopped) await this.#endSession(id);
  }

  async #openSession(recordedId: string): Promise<void> {
    const task = this.#taskOf(recordedId);
    const answer = await this.server.rpc('StartTerminalSession', {
      'InstanceId.1': this.transcript.meta.instanceId ?? '',
      ...(task.username !== '' && { Username: task.username }),
      ...(task.cmdContent !== '' && { CommandLine: task.cmdContent }),
      ...(/^\d+$/.test(task.portNumber) && { PortNumber: task.portNumber }),
    });
    const output = new OutputLog();
    const { client, ended } = await attach(String(answer['WebSocketUrl']), output);
    this.#channels.set(recordedId, {
      sessionId: String(answer['SessionId']),
      client,
      output,
      ended,
      expected: [],
      isStopped: false,
    });
    const texts = this.#wires.sockets.get(this.#control)?.texts ?? [];
    const kick = await until('the kick', () =>
      texts.find((text) => text.startsWith('kick_vm session start ')),
    );
    texts.splice(0);
    this.#wires.alias(recordedId, kick.split(' ')[3] ?? '');
  }

  async #endSession(recordedId: string): Promise<void> {
    const channel = this.#channel(recordedId);
    channel.isStopped = true;
    await this.server.rpc('EndTerminalSession', { SessionId: channel.sessionId });
    const texts = this.#wires.sockets.get(this.#control)?.texts ?? [];
    await until('the stop', () => texts.includes(`kick_vm session stop ${this.#wires.real(recordedId)}`));
  }

  /** A recorded message to the agent: sent by the client here, expected on the agent's side. */
  async #toAgent(conn: number, frame: Buffer): Promise<void> {
    const type = frame.readUInt32LE(0);
    const payload = frame.subarray(60);
    const { client, isStopped } = this.#channelOf(frame);
    if (isStopped || payload.length === 0 || (type !== INPUT && type !== RESIZE)) return;
    if (type === INPUT) client.send(ClientMessage.Input, payload);
    else client.send(ClientMessage.Resize, resizeOf(payload));
    // Resizes of port channels stop at the relay: there is no terminal.
    if (type === RESIZE && this.#isPort(frame)) return;
    const arrived = await this.#wires.take(
      conn,
      'the message',
      (received) => received.readUInt32LE(0) === type && received.length > 60,
    );
    if (type === INPUT) expect(arrived.subarray(60).equals(payload)).toBe(true);
    else expect(JSON.parse(arrived.toString('utf8', 60))).toEqual(JSON.parse(payload.toString()));
  }

  #isPort(frame: Buffer): boolean {
    return this.#taskOf(frame.toString('ascii', 8, 40).trimEnd()).portNumber !== '';
  }

  #taskOf(recordedId: string): RecordedTask {
    for (const { kind, body } of this.transcript.events) {
      if (kind !== 'http-response' || body?.includes('"session":[{') !== true) continue;
      const [task] = (JSON.parse(body) as { session: readonly RecordedTask[] }).session;
      if (task?.channelId === recordedId) return task;
    }
    return { channelId: recordedId, username: '', cmdContent: '', portNumber: '' };
  }

  #channelOf(frame: Buffer): Counterpart {
    return this.#channel(frame.toString('ascii', 8, 40).trimEnd());
  }

  #channel(recordedId: string): Counterpart {
    const channel = this.#channels.get(recordedId);
    if (!channel) throw new Error(`no session behind ${recordedId}`);
    return channel;
  }
}

function checkInterval(body: string): void {
  const { nextInterval } = JSON.parse(body) as { nextInterval: number };
  expect(nextInterval).toBeGreaterThanOrEqual(55_000);
  expect(nextInterval).toBeLessThanOrEqual(65_000);
}

async function attach(
  url: string,
  output: OutputLog,
): Promise<{ client: Cli101Connection; ended: Promise<ClientEnd> }> {
  let finish: (end: ClientEnd) => void = () => undefined;
  const ended = new Promise<ClientEnd>((resolve) => (finish = resolve));
  const client = await Cli101Connection.dial(url, undefined, {
    output: (payload) => output.add(payload),
    ended: (end) => finish(end),
  });
  return { client, ended };
}

function resizeOf(json: Buffer): Buffer {
  const { rows, cols } = JSON.parse(json.toString()) as { rows: number; cols: number };
  return resizePayload(rows, cols);
}
