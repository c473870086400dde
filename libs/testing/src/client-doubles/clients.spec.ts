import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { systemClock, type Clock } from '@sallyport/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedServer, type ScriptedSocket } from '../scripted-server.js';
import { Opcode } from '../sockets/frame-reader.js';
import { UpgradeRefused } from '../sockets/raw-websocket.js';
import { readTranscript } from '../transcript.js';
import { until } from '../until.js';
import { Browser102 } from './browser102.js';
import { Cli101PortForward } from './cli101-port-forward.js';
import { Cli101Stream } from './cli101-stream.js';
import { Cli101Terminal } from './cli101-terminal.js';
import { readClientFrame, writeFrame101, writeFrame102, type ClientFrame } from './client-frames.js';

const PATH = '/client';
/** Ten times as fast as the machine's. */
const clock: Clock = {
  nowMs: () => systemClock.nowMs(),
  after: (delayMs, run) => systemClock.after(delayMs / 10, run),
};

let server: ScriptedServer;
let url: string;

beforeEach(async () => {
  server = await ScriptedServer.listen(() => ({ body: '{}' }));
  url = `ws://${server.host}${PATH}?sessionid=s-1&token=t`;
});
afterEach(() => server.close());

const frames = (socket: ScriptedSocket): ClientFrame[] =>
  socket.payloads(Opcode.Binary).map((payload) => readClientFrame(payload));
const texts = (socket: ScriptedSocket, type: number): string[] =>
  frames(socket)
    .filter((frame) => frame.type === type)
    .map(({ payload }) => payload.toString('latin1'));
const to101 = (socket: ScriptedSocket, type: number, payload: string | Uint8Array): void =>
  socket.send(Opcode.Binary, writeFrame101(type, 0, Buffer.from(payload as string)));
const status = (code: number, reason = ''): Buffer => Buffer.from([code, ...Buffer.from(reason)]);

describe('the CLI in a terminal', () => {
  it('dials with the recorded headers and the corrected query', async () => {
    await Cli101Terminal.open({ url, clock });
    const { request } = await server.socket(PATH);
    const real = readTranscript('10-cli-session').events.find(({ kind }) => kind === 'ws-upgrade');
    expect(request.headerNames).toEqual(real?.headers?.map(([name]) => name));
    expect(request.headers['x-acs-session-token']).toBe('');
    expect(request.headers['user-agent']).toBe('Go-http-client/1.1');
    expect(request.query).toBe('sessionId=s-1&token=t');
  });

  it('sends typed keys at once, its size after the first output only, and changes after that', async () => {
    const cli = await Cli101Terminal.open({ url, clock, size: { rows: 31, cols: 101 } });
    const socket = await server.socket(PATH);
    cli.type('e');
    await until('the key', () => texts(socket, 0).length === 1);
    to101(socket, 1, '$ ');
    await until('the size', () => texts(socket, 2).length === 1);
    cli.resize(24, 80);
    await until('the new size', () => texts(socket, 2).length === 2);
    expect(texts(socket, 2)).toEqual(['\x1f\0e\0', '\x18\0P\0']);
    expect(frames(socket).map(({ inputSeq }) => inputSeq)).toEqual([0, 1, 2]);
    expect(cli.output.text()).toBe('$ ');
  });

  it('cuts a paste at 2048 bytes', async () => {
    const cli = await Cli101Terminal.open({ url, clock });
    const socket = await server.socket(PATH);
    cli.type('x'.repeat(3_000));
    await until('two pieces', () => texts(socket, 0).length === 2);
    expect(texts(socket, 0).map((text) => text.length)).toEqual([2_048, 952]);
  });

  it.each([
    [status(5, 'Exit'), 'Exit: session closed.\n'],
    [status(5, 'EndedByApi'), 'EndedByApi\n'],
    [status(2, 'no agent'), '\x02no agent'],
  ])('prints the end told by a status and leaves', async (payload, printed) => {
    const cli = await Cli101Terminal.open({ url, clock });
    const socket = await server.socket(PATH);
    to101(socket, 5, status(6, 'Exit'));
    to101(socket, 5, payload);
    await expect(cli.ended).resolves.toEqual({ printed });
    await until('the drop', () => socket.isClosed);
    expect(socket.payloads(Opcode.Close)).toEqual([]);
  });

  it('echoes a close frame without its reason and prints nothing', async () => {
    const cli = await Cli101Terminal.open({ url, clock });
    const socket = await server.socket(PATH);
    socket.send(Opcode.Close, Buffer.from([0x03, 0xe8, 0x62, 0x79, 0x65]));
    await expect(cli.ended).resolves.toEqual({ printed: '', close: { code: 1000, reason: 'bye' } });
    await until('the echo', () => socket.payloads(Opcode.Close).length === 1);
    expect(socket.payloads(Opcode.Close)[0]?.toString('hex')).toBe('03e8');
  });

  it('tells the status of a refused upgrade', async () => {
    server.upgradeStatus = 404;
    await expect(Cli101Terminal.open({ url, clock })).rejects.toThrow(UpgradeRefused);
  });
});

describe('the CLI as a byte stream', () => {
  it('ssh: holds the first piece until the server speaks and loses the next', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    await Cli101Stream.open(Duplex.from({ readable: input, writable: output }), { url, mode: 'ssh', clock });
    const socket = await server.socket(PATH);
    input.write('first');
    await new Promise((resolve) => setTimeout(resolve, 60));
    input.write('lost');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(texts(socket, 0)).toEqual([]);
    to101(socket, 1, 'SSH-2.0\r\n');
    await until('the greeting', () => output.readableLength > 0);
    input.write('third');
    await until('both', () => texts(socket, 0).length === 2);
    input.end();
    await until('the close', () => texts(socket, 3).length === 1);
    expect(texts(socket, 0)).toEqual(['first', 'third']);
    expect(texts(socket, 3)).toEqual(['1']);
    await until('the drop', () => socket.isClosed);
  });

  it('portforward: one WebSocket for each connection, left open after a local close', async () => {
    const forward = await Cli101PortForward.listen({ url, clock });
    const locals = [connect(forward.port, '127.0.0.1'), connect(forward.port, '127.0.0.1')];
    await Promise.all(locals.map((local) => once(local, 'connect')));
    locals.forEach((local, index) => local.write(`from ${index}`));
    const sockets = [await server.socket(PATH, 0), await server.socket(PATH, 1)];
    await until('both', () => sockets.every((socket) => texts(socket, 0).length === 1));
    expect(new Set(sockets.map((socket) => texts(socket, 0)[0]))).toEqual(new Set(['from 0', 'from 1']));
    locals[0]?.end();
    await until('a close message', () => sockets.some((socket) => texts(socket, 3)[0] === '1'));
    expect(sockets.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    await forward.close();
  });
});

describe('the browser', () => {
  const channelId = '0123456789abcdef0123456789abcdef';
  const to102 = (
    socket: ScriptedSocket,
    type: number,
    numbers: [number, number],
    payload: Uint8Array,
  ): void =>
    socket.send(
      Opcode.Binary,
      writeFrame102({ type, channelId, inputSeq: numbers[0], outputSeq: numbers[1], payload }),
    );

  it('discards input until the session is open, numbers and all', async () => {
    const browser = await Browser102.open({ url, clock });
    const socket = await server.socket(PATH);
    expect(socket.request.headers.origin).toBe('https://console.example');
    browser.type('lost');
    to102(socket, 5, [0, 0], status(3));
    await until('the state', () => browser.state === 'opened');
    browser.type('ls\r');
    await until('input', () => frames(socket).length === 1);
    expect(frames(socket)[0]).toMatchObject({
      type: 0,
      version: '1.02',
      channelId,
      inputSeq: 2,
      outputSeq: 0,
    });
  });

  it('sends its size with the first output and acknowledges what it showed', async () => {
    const browser = await Browser102.open({ url, clock, size: { rows: 31, cols: 101 } });
    const socket = await server.socket(PATH);
    to102(socket, 1, [0, 1], Buffer.from('$ '));
    await until('the size', () => texts(socket, 2).length === 1);
    expect(frames(socket)[0]).toMatchObject({ inputSeq: 1, outputSeq: 1 });
    to102(socket, 1, [1, 2], Buffer.from('more'));
    await until('more', () => browser.output.text() === '$ more');
    expect(browser.acknowledgedInput).toBe(1);
  });

  it('asks again at a gap, and shows a repetition with a complaint', async () => {
    const browser = await Browser102.open({ url, clock });
    const socket = await server.socket(PATH);
    to102(socket, 1, [0, 1], Buffer.from('a'));
    to102(socket, 1, [0, 3], Buffer.from('c'));
    await until('the sync', () => texts(socket, 6).length === 1);
    to102(socket, 1, [0, 1], Buffer.from('a'));
    await until('the repetition', () => browser.complaints.length === 2);
    expect(browser.output.text()).toBe('aa');
  });

  it('comes back after 1012 with its channel id and a sync', async () => {
    const browser = await Browser102.open({ url, clock });
    const first = await server.socket(PATH);
    to102(first, 1, [0, 1], Buffer.from('a'));
    await until('output', () => browser.outputSeq === 1);
    first.send(Opcode.Close, Buffer.from([0x03, 0xf4]));
    const second = await server.socket(PATH, 1);
    expect(second.request.query).toBe(`sessionid=s-1&token=t&channelId=${channelId}`);
    await until('the sync', () => frames(second).length === 1);
    expect(frames(second)[0]).toMatchObject({ type: 6, outputSeq: 1 });
    to102(second, 5, [0, 0], status(3));
    await until('the state', () => browser.state === 'opened');
    browser.close();
  });

  it('closes with 1000 at a final status', async () => {
    const browser = await Browser102.open({ url, clock });
    const socket = await server.socket(PATH);
    to102(socket, 5, [0, 0], status(6, 'Exit'));
    await expect(browser.ended).resolves.toEqual({ state: 'closed', reason: 'Exit', close: undefined });
    await until('the close', () => socket.payloads(Opcode.Close).length === 1);
    expect(socket.payloads(Opcode.Close)[0]?.toString('hex')).toBe('03e8');
  });

  it('gives up after 10 s without an answer', async () => {
    const browser = await Browser102.open({ url, clock });
    await expect(browser.ended).resolves.toMatchObject({ state: 'aborted' });
  });
});
