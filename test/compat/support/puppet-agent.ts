import {
  goUpgradeHeaders,
  newAgentKeys,
  Opcode,
  RawWebSocket,
  signedHeaders,
  until,
  type AgentIdentity,
} from '@sallyport/testing';
import type { ReplayServer } from './replay-server.js';

const AGENT = 'linux_amd64/1.0.0.1';

/** One data socket of the puppet. */
export interface PuppetChannel {
  readonly channelId: string;
  readonly socket: RawWebSocket;
  /** Payloads of Input messages, empty ones left out, and of resizes. */
  readonly inputs: Buffer[];
  readonly resizes: string[];
  /** Sends an Output message. */
  send(payload: Uint8Array): void;
  /** Reports the end as `Ok` and drops the connection. */
  exit(): Promise<void>;
}

/** An agent that says what a test tells it to: the other end of a recorded client. */
export class PuppetAgent {
  readonly channels: PuppetChannel[] = [];
  #control: RawWebSocket | undefined;

  private constructor(
    private readonly server: ReplayServer,
    private readonly identity: AgentIdentity,
  ) {}

  /** Stores a machine of that id at the server and brings it online. */
  static async online(server: ReplayServer, instanceId: string): Promise<PuppetAgent> {
    const identity = { instanceId, machineId: 'puppet', ...newAgentKeys() };
    await server.addMachine(identity);
    const agent = new PuppetAgent(server, identity);
    await agent.#start();
    return agent;
  }

  /** The nth channel, once the server called for it. */
  async channel(nth: number): Promise<PuppetChannel> {
    return await until(`channel ${nth} of the puppet`, () => this.channels[nth]);
  }

  close(): void {
    for (const { socket } of this.channels) socket.drop();
    this.#control?.drop();
  }

  async #start(): Promise<void> {
    const control = await this.#dial('/luban/notify_server');
    this.#control = control;
    control.bind({
      message: (_opcode, payload) => {
        const text = payload.toString();
        control.send(Opcode.Text, Buffer.from(`accept:${text}`));
        const [, id] = /^kick_vm session start (\S+)$/.exec(text) ?? [];
        if (id !== undefined) void this.#open(id);
      },
    });
    await this.#fetch('GET', '/luban/api/heart-beat?index=0&seq_no=0');
    await this.#fetch('POST', '/luban/api/v1/task/list?reason=startup');
  }

  async #open(channelId: string): Promise<void> {
    const list = await this.#fetch('POST', `/luban/api/v1/session/list?channelId=${channelId}`);
    if ((JSON.parse(list) as { session: readonly unknown[] }).session.length === 0) return;
    const socket = await this.#dial(`/luban/session/backend?channelId=${channelId}`);
    let sequence = 0;
    const channel: PuppetChannel = {
      channelId,
      socket,
      inputs: [],
      resizes: [],
      send: (payload) => void socket.send(Opcode.Binary, outputFrame(channelId, sequence++, payload)),
      exit: async () => {
        await this.#fetch(
          'POST',
          `/luban/api/v1/session/status?channelId=${channelId}&status=Success&errorcode=Ok`,
        );
        socket.drop();
      },
    };
    socket.bind({
      message: (_opcode, frame) => {
        if (frame.readUInt32LE(0) === 0 && frame.length > 60) channel.inputs.push(frame.subarray(60));
        if (frame.readUInt32LE(0) === 2) channel.resizes.push(frame.toString('utf8', 60));
      },
    });
    this.channels.push(channel);
  }

  #sign(): ReturnType<typeof signedHeaders> {
    return signedHeaders(this.identity, this.server.clock.nowMs());
  }

  async #dial(path: string): Promise<RawWebSocket> {
    const { host } = this.server;
    return await RawWebSocket.dial(`ws://${host}${path}`, goUpgradeHeaders(host, AGENT, this.#sign()));
  }

  async #fetch(method: string, path: string): Promise<string> {
    const response = await fetch(`http://${this.server.host}${path}`, {
      method,
      headers: Object.fromEntries(this.#sign()),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return await response.text();
  }
}

function outputFrame(channelId: string, sequence: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(60 + payload.length);
  frame.writeUInt32LE(1, 0);
  frame.write('1.01', 4, 'ascii');
  frame.write(channelId.padEnd(32, ' '), 8, 'ascii');
  frame.writeBigUInt64LE(BigInt(Date.now()), 40);
  frame.writeBigInt64LE(BigInt(sequence), 48);
  frame.writeUInt32LE(payload.length, 56);
  frame.set(payload, 60);
  return frame;
}
