import {
  Browser102,
  ClientMessage,
  encodeFrame,
  expectNoProcessLeft,
  Opcode,
  RawWebSocket,
  until,
  writeFrame101,
  writeFrame102,
  type CloseInfo,
} from '@sallyport/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runOwnAgent, runStockAgent, type RunningAgent } from './support/agents.js';
import { Deployment, FAST } from './support/deployment.js';
import { openShell, type ShellClient } from './support/shell-clients.js';

const MIB = 1_048_576;
const WITHIN_MS = 2_000;

/** A client frame of 1.01 with its version text replaced. */
const wrongVersion = (version: string): Buffer => {
  const frame = writeFrame101(0, 0, Buffer.from('x'));
  frame.write(version, 4, 'ascii');
  return frame;
};

/** A client frame of 1.01 that names a channel. */
const withChannel = (channelId: string): Buffer => {
  const frame = writeFrame101(0, 0, Buffer.from('x'));
  const id = Buffer.from(channelId);
  return Buffer.concat([frame.subarray(0, 8), Buffer.of(id.length), id, frame.subarray(9)]);
};

const binary = (payload: Buffer): Buffer => encodeFrame(Opcode.Binary, payload);

/** What a client sends, and the close code it gets. */
const BAD_CLIENTS: readonly (readonly [what: string, bytes: Buffer, closeCode: number])[] = [
  ['an empty frame', binary(Buffer.alloc(0)), 1002],
  ['a frame of 29 bytes', binary(writeFrame101(0, 0, Buffer.alloc(0)).subarray(0, 29)), 1002],
  ['a payload over 1 MiB', binary(writeFrame101(0, 0, Buffer.alloc(MIB + 1))), 1009],
  ['version 1.04', binary(wrongVersion('1.04')), 1002],
  ['version 9.99', binary(wrongVersion('9.99')), 1002],
  ['an unknown type', binary(writeFrame101(42, 0, Buffer.from('x'))), 1002],
  ['an Output', binary(writeFrame101(ClientMessage.Output, 0, Buffer.from('x'))), 1002],
  ['a text frame', encodeFrame(Opcode.Text, writeFrame101(0, 0, Buffer.from('x'))), 1002],
  ['a foreign channel id', binary(withChannel('0123456789abcdef0123456789abcdef')), 1002],
  [
    'an unmasked frame',
    encodeFrame(Opcode.Binary, writeFrame101(0, 0, Buffer.from('x')), { isMasked: false }),
    1002,
  ],
  [
    'a reserved bit',
    encodeFrame(Opcode.Binary, writeFrame101(0, 0, Buffer.from('x')), { reserved: 4 }),
    1002,
  ],
  ['an unknown opcode', encodeFrame(5, Buffer.from('x')), 1002],
  ['a continuation of nothing', encodeFrame(Opcode.Continuation, Buffer.from('x')), 1002],
];

/** What an agent sends on its data socket. */
const BAD_AGENTS: readonly (readonly [what: string, bytes: Buffer, closeCode: number])[] = [
  ['a frame of 59 bytes', binary(Buffer.alloc(59)), 1002],
  ['a wrong version', binary(agentFrame({ version: '1.02' })), 1002],
  ['an unknown type', binary(agentFrame({ type: 42 })), 1002],
  ['an Input', binary(agentFrame({ type: 0 })), 1002],
  ['a payload over 1 MiB', binary(agentFrame({ payload: Buffer.alloc(MIB + 1) })), 1009],
];

describe('an end that breaks the protocol', () => {
  let deployment: Deployment;
  let stock: Awaited<ReturnType<typeof runStockAgent>>;
  let own: RunningAgent;
  let bystanders: ShellClient[];

  beforeAll(async () => {
    deployment = await Deployment.start(FAST);
    [stock, own] = await Promise.all([runStockAgent(deployment), runOwnAgent(deployment)]);
    bystanders = await Promise.all(
      [stock, own].map(({ instanceId }) => openShell('cli-1.01', deployment, instanceId)),
    );
  });
  afterEach(async () => {
    expect([stock.isHealthy(), own.isHealthy()]).toEqual([true, true]);
    await Promise.all(bystanders.map((client) => stillWorks(client)));
  });
  afterAll(async () => {
    for (const client of bystanders) client.leave();
    await Promise.all([stock.stop(), own.stop()]);
    await deployment.stop();
    await expectNoProcessLeft();
  });

  const endedByProtocol = async (sessionId: string): Promise<void> => {
    const ended = async (): Promise<boolean> =>
      (await deployment.session(sessionId))['ClosedReason'] === 'ProtocolError';
    await until('the session to end with ProtocolError', ended, WITHIN_MS);
  };

  describe.each(['stock', 'own'] as const)('a client of the %s agent that sends', (agentKind) => {
    it.each(BAD_CLIENTS)('%s', async (_what, bytes, closeCode) => {
      const agent = agentKind === 'stock' ? stock : own;
      const { url, sessionId } = await deployment.startSession(agent.instanceId);
      const { socket, closed, output } = await dialAsCli(url, deployment.server.ca);
      await until('the shell', output, 10_000);
      socket.sendRaw(bytes);
      const sentMs = Date.now();
      expect((await closed).code).toBe(closeCode);
      expect(Date.now() - sentMs).toBeLessThan(WITHIN_MS);
      await endedByProtocol(sessionId);
    });
  });

  it('a browser with a foreign channel id', async () => {
    const { url, sessionId } = await deployment.startSession(own.instanceId);
    const browser = await Browser102.open({ url, ca: deployment.server.ca });
    await browser.output.match(/[$#] $/);
    const payload = Buffer.from('x');
    browser.socket?.send(
      Opcode.Binary,
      writeFrame102({ type: 0, channelId: 'not-my-channel', inputSeq: 9, outputSeq: 0, payload }),
    );
    expect(await browser.ended).toMatchObject({ reason: 'ProcessDataError' });
    await endedByProtocol(sessionId);
  });

  it.each(BAD_AGENTS)('an agent that sends %s', async (_what, bytes, closeCode) => {
    const { url, sessionId } = await deployment.startSession(stock.instanceId);
    const { closed, output } = await dialAsCli(url, deployment.server.ca);
    await until('the shell', output, 10_000);
    const channelId = stock.double.sessions.channelIds.at(-1) ?? '';
    const socket = stock.double.sessions.socketOf(channelId);
    socket?.sendRaw(bytes);
    await endedByProtocol(sessionId);
    await until('the data socket to close', () => socket?.closeInfo);
    expect(socket?.closeInfo?.code).toBe(closeCode);
    expect((await closed).code).not.toBe(1006);
  });

  it('the largest payload of all is carried', async () => {
    const { url, sessionId } = await deployment.startSession(own.instanceId, {
      CommandLine: `stty -echo; head -c ${MIB} | wc -c`,
    });
    const { socket, closed, text } = await dialAsCli(url, deployment.server.ca);
    socket.sendRaw(binary(writeFrame101(0, 0, Buffer.alloc(MIB, '\n'))));
    await until('the count of what arrived', () => text().includes(String(MIB)), 20_000);
    await deployment.rpc('EndTerminalSession', { SessionId: sessionId });
    expect((await closed).code).toBe(1000);
  });
});

/** A socket as the command line opens it, for bytes that it would not send. */
async function dialAsCli(
  url: string,
  ca: string,
): Promise<{ socket: RawWebSocket; closed: Promise<CloseInfo>; output: () => boolean; text: () => string }> {
  const socket = await RawWebSocket.dial(
    url,
    [
      ['Host', new URL(url).host],
      ['User-Agent', 'Go-http-client/1.1'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Key', Buffer.alloc(16, 7).toString('base64')],
      ['Sec-WebSocket-Version', '13'],
      ['Upgrade', 'websocket'],
      ['X-Acs-Session-Token', ''],
    ],
    { ca },
  );
  let shown = '';
  let hasOutput = false;
  const closed = new Promise<CloseInfo>((resolve) => {
    socket.bind({
      message: (_opcode, payload) => {
        if (payload[0] !== ClientMessage.Output) return;
        hasOutput = true;
        shown = (shown + Buffer.from(payload.subarray(30)).toString('latin1')).slice(-4_096);
      },
      closed: resolve,
    });
  });
  return { socket, closed, output: () => hasOutput, text: () => shown };
}

async function stillWorks(client: ShellClient): Promise<void> {
  const nonce = Math.floor(Math.random() * 1e9);
  client.type(`echo alive-$((${nonce}+1))\r`);
  await client.output.line(new RegExp(`^alive-${nonce + 1}$`));
}

function agentFrame(parts: { type?: number; version?: string; payload?: Buffer }): Buffer {
  const payload = parts.payload ?? Buffer.from('x');
  const frame = Buffer.alloc(60 + payload.length);
  frame.writeUInt32LE(parts.type ?? 1, 0);
  frame.write(parts.version ?? '1.01', 4, 'ascii');
  frame.fill(' ', 8, 40);
  frame.writeBigUInt64LE(BigInt(Date.now()), 40);
  frame.writeUInt32LE(payload.length, 56);
  frame.set(payload, 60);
  return frame;
}
