import { createServer } from 'node:net';
import { once } from 'node:events';
import { createVerify } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '@sallyport/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kickSession, ScriptedServer, sendText, type ScriptedSocket } from '../scripted-server.js';
import { Opcode } from '../sockets/frame-reader.js';
import { readTranscript, type TranscriptEvent } from '../transcript.js';
import { until } from '../until.js';
import { describeAgentFrame } from './agent-frames.js';
import { newAgentKeys, type AgentIdentity } from './agent-identity.js';
import { registerStockAgent, RegistrationRefused } from './register-stock-agent.js';
import { StockAgentDouble } from './stock-agent-double.js';

const CONTROL = '/luban/notify_server';
const DATA = '/luban/session/backend';
const EMPTY = { code: 200, run: [], stop: [], test: [], file: [], session: [] };
const CHANNEL = 's-shell0000000000000000001';

/** A message to the agent: the header's other fields do not matter to it. */
function toAgent(type: number, payload: Uint8Array | string, createdMs = 1n): Buffer {
  const body = Buffer.from(payload as string);
  const frame = Buffer.alloc(60 + body.length);
  frame.writeUInt32LE(type, 0);
  frame.writeBigUInt64LE(createdMs, 40);
  frame.set(body, 60);
  return frame;
}

/** Ten times as fast as the machine's: the agent's waits are what makes it slow. */
const fastClock: Clock = {
  nowMs: () => systemClock.nowMs(),
  after: (delayMs, run) => systemClock.after(delayMs / 10, run),
};

const recorded = (name: string, path: string): TranscriptEvent => {
  const event = readTranscript(name).events.find((entry) => entry.dir === 'in' && entry.path === path);
  if (!event) throw new Error(`no ${path} in ${name}`);
  return event;
};
const names = (event: TranscriptEvent): string[] => (event.headers ?? []).map(([name]) => name);
const parameters = (query: string | null | undefined): string[] =>
  (query ?? '').split('&').map((pair) => pair.split('=')[0] ?? '');

describe('the stock agent double', () => {
  let server: ScriptedServer;
  let agent: StockAgentDouble;
  let control: ScriptedSocket;
  let identity: AgentIdentity;
  let session: Record<string, unknown>;

  beforeEach(async () => {
    session = { channelId: CHANNEL, cmdContent: 'bash --norc', username: '', portNumber: '', flowLimit: 0 };
    server = await ScriptedServer.listen(({ path }) => ({
      body: JSON.stringify(
        path.endsWith('/heart-beat')
          ? { nextInterval: 60_000 }
          : { ...EMPTY, session: path.endsWith('/session/list') ? [session] : [] },
      ),
    }));
    identity = { instanceId: 'mi-test', machineId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90', ...newAgentKeys() };
    agent = new StockAgentDouble({
      server: { host: server.host, isSecure: false },
      identity,
      clientIp: '192.0.2.10',
      clock: fastClock,
    });
    await agent.start();
    control = await server.socket(CONTROL);
  });

  afterEach(async () => {
    agent.stop();
    await server.close();
  });

  const open = async (): Promise<ScriptedSocket> => {
    sendText(control, kickSession('start', CHANNEL));
    return await server.socket(DATA);
  };
  const output = (socket: ScriptedSocket): string =>
    Buffer.concat(socket.payloads(Opcode.Binary).map((frame) => frame.subarray(60))).toString();
  const reported = (): Promise<string> =>
    until('status report', () => server.requestsTo('/luban/api/v1/session/status')[0]?.query);

  it('boots in the recorded order, with the recorded header names and query parameters', () => {
    const paths = [CONTROL, '/luban/api/heart-beat', '/luban/api/metrics', '/luban/api/v1/task/list'];
    expect(server.requests.map(({ path }) => path)).toEqual(paths);
    for (const request of server.requests) {
      const real = recorded('02-agent-startup', request.path);
      expect(request.headerNames).toEqual(names(real));
      expect(parameters(request.query)).toEqual(parameters(real.query));
      expect(request.headers['content-type']).toBe(
        real.headers?.find(([name]) => name === 'Content-Type')?.[1],
      );
    }
    const body = JSON.parse(server.requests[2]?.body ?? '') as object;
    const real = JSON.parse(recorded('02-agent-startup', '/luban/api/metrics').body ?? '') as object;
    expect(Object.keys(body)).toEqual(Object.keys(real));
  });

  it('signs every request and upgrade with its key', () => {
    for (const { headers } of server.requests) {
      const text = `${identity.instanceId}${identity.machineId}${String(headers['x-acs-timestamp'])}${String(headers['x-acs-request-id'])}`;
      const verifier = createVerify('RSA-MD5').update(text);
      expect(verifier.verify(identity.publicKeyPem, String(headers['x-acs-signature']), 'base64')).toBe(true);
    }
  });

  it('answers kicks and pings like the recorded agent', async () => {
    for (const kick of ['kick_vm noop', 'kick_vm bogus x']) sendText(control, Buffer.from(kick));
    const replies = await until('two replies', () => {
      const texts = control.payloads(Opcode.Text).map(String);
      return texts.length === 2 && texts;
    });
    expect(replies).toEqual(['accept:kick_vm noop', 'unknow:kick_vm bogus x']);
    expect(control.payloads(Opcode.Ping).map(String)).toEqual(['keepalive']);
  });

  it('never reads again after a kick without an action', async () => {
    sendText(control, Buffer.from('kick_vm session'));
    sendText(control, Buffer.from('kick_vm noop'));
    await until('the death', () => agent.observations('fatal').length === 1);
    expect(control.payloads(Opcode.Text)).toEqual([]);
  });

  it('runs a shell with the recorded requests, header and chunking', async () => {
    const data = await open();
    expect(data.request.headerNames).toEqual(names(recorded('03-agent-shell', DATA)));
    await until('the prompt', () => output(data).includes('$') || output(data).includes('#'), 5_000);
    data.send(Opcode.Binary, toAgent(2, '{"cols":101,"rows":31}'));
    data.send(Opcode.Binary, toAgent(0, 'stty size; printf "€%.0s" $(seq 1000); exit\r'));
    expect(await reported()).toBe(`channelId=${CHANNEL}&status=Success&errorcode=Ok`);
    expect(output(data)).toContain('31 101\r\n');
    expect(output(data)).toContain('€'.repeat(1000));
    const frames = data.payloads(Opcode.Binary);
    expect(frames.map((frame) => Number(describeAgentFrame(frame).sequence))).toEqual([...frames.keys()]);
    for (const frame of frames) {
      const { type, version, channelField, length } = describeAgentFrame(frame);
      expect({ type, version, channelField }).toEqual({
        type: 1,
        version: '1.01',
        channelField: CHANNEL.padEnd(32),
      });
      expect(length).toBe(frame.length - 60);
      expect(length).toBeLessThanOrEqual(1_027);
      expect(frame.toString('utf8', 60)).not.toContain('\ufffd');
    }
    await until('the drop', () => data.isClosed);
    expect(data.payloads(Opcode.Close)).toEqual([]);
  });

  it('loses input and resizes that come before the shell', async () => {
    const data = await open();
    data.send(Opcode.Binary, toAgent(2, '{"cols":101,"rows":31}'));
    data.send(Opcode.Binary, toAgent(0, 'echo too-early\r'));
    await until('both', () => agent.observations('ignored').length === 2);
    await until('the prompt', () => output(data) !== '', 5_000);
    expect(output(data)).not.toContain('too-early');
  });

  it('logs a binary resize and drops messages that are short or have no time', async () => {
    const data = await open();
    data.send(Opcode.Binary, toAgent(2, Uint8Array.of(31, 0, 101, 0)));
    data.send(Opcode.Binary, Buffer.alloc(56));
    data.send(Opcode.Binary, toAgent(0, 'x', 0n));
    await until('two ignored', () => agent.observations('ignored').length === 2);
    expect(agent.texts('error')).toEqual(['resize that is not JSON: 1f006500']);
    expect(agent.observations('fatal')).toEqual([]);
  });

  it.each([57, 58, 59])('dies of a frame of %i bytes', async (length) => {
    const data = await open();
    data.send(Opcode.Binary, Buffer.alloc(length));
    await until('the death', () => agent.observations('fatal').length === 1);
    expect(agent.isAlive).toBe(true);
  });

  it('crashes of a flow limit that divides by zero', async () => {
    session['flowLimit'] = 8_000;
    await open();
    await until('the crash', () => !agent.isAlive);
    expect(agent.texts('fatal')).toEqual(['agent: flowLimit 8000 divides by zero']);
  });

  it('stops a shell by kick at once', async () => {
    const data = await open();
    await until('the prompt', () => output(data) !== '', 5_000);
    sendText(control, kickSession('stop', CHANNEL));
    expect(await reported()).toBe(`channelId=${CHANNEL}&status=Success&errorcode=Notified`);
  });

  it('dials a lost data socket again at once, and keeps the shell and its numbers', async () => {
    const first = await open();
    await until('the prompt', () => output(first) !== '', 5_000);
    const sent = first.payloads(Opcode.Binary).length;
    first.socket.destroy();
    const second = await server.socket(DATA, 1);
    second.send(Opcode.Binary, toAgent(0, 'echo back\r'));
    await until('the output', () => output(second).includes('back'));
    const [frame] = second.payloads(Opcode.Binary);
    expect(frame && describeAgentFrame(frame).sequence).toBe(BigInt(sent));
  });

  it('reports a session whose socket is refused, and posts both metrics', async () => {
    server.upgradeStatus = 403;
    sendText(control, kickSession('start', CHANNEL));
    expect(await reported()).toBe(`channelId=${CHANNEL}&status=Failed&errorcode=Open_channel_failed`);
    await until('metrics', () => server.requestsTo('/luban/api/metrics').length === 3);
  });

  it.each([
    ['root', { username: 'root', errorcode: 'Open_pty_failed' }],
    ['an unknown user', { username: 'nosuchuser', errorcode: 'Open_pty_failed' }],
    ['a missing program', { cmdContent: '/nonexistent/shell', errorcode: 'Open_pty_failed' }],
    ['a port that is no number', { portNumber: 'ssh', errorcode: 'Open_port_failed' }],
  ])('fails for %s as recorded', async (_what, { errorcode, ...task }) => {
    Object.assign(session, task);
    await open();
    expect(await reported()).toBe(`channelId=${CHANNEL}&status=Failed&errorcode=${errorcode}`);
  });

  it('discards a session list with a number for a port', async () => {
    session['portNumber'] = 22;
    sendText(control, kickSession('start', CHANNEL));
    await until('the error', () => agent.texts('error').some((text) => text.includes('a text is a number')));
    expect(server.socketsTo(DATA)).toEqual([]);
  });

  it('hides the end of a target and dials it again with the next message', async () => {
    const connections: string[][] = [];
    const target = createServer((socket) => {
      const lines: string[] = [];
      connections.push(lines);
      socket.write('hello\n');
      socket.setEncoding('utf8').on('data', (text: string) => {
        lines.push(text);
        if (text === 'BYE') socket.end();
      });
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    session['portNumber'] = String((target.address() as AddressInfo).port);
    session['targetHost'] = '127.0.0.1';
    const data = await open();
    await until('the greeting', () => output(data) === 'hello\n', 5_000);
    data.send(Opcode.Binary, toAgent(0, 'BYE'));
    await until('the goodbye', () => connections[0]?.includes('BYE'));
    sendText(control, Buffer.from('kick_vm noop'));
    await until('a later reply', () => control.payloads(Opcode.Text).length === 2);
    expect(server.requestsTo('/luban/api/v1/session/status')).toEqual([]);
    data.send(Opcode.Binary, toAgent(0, 'two'));
    await until('the second connection', () => connections[1]?.includes('two'));
    target.close();
  });
});

describe('registration', () => {
  it('sends the recorded members and headers, and takes only the number 200', async () => {
    const answers = ['{"code":200,"instanceId":"mi-1"}', '{"code":"200","instanceId":"mi-1"}'];
    const server = await ScriptedServer.listen(() => ({ body: answers.shift() ?? '' }));
    const options = {
      server: { host: server.host, isSecure: false },
      activationId: 'id',
      activationCode: 'code',
      regionId: 'local',
      tags: [{ key: 'env', value: 'test' }],
    };
    const identity = await registerStockAgent(options);
    expect(identity.instanceId).toBe('mi-1');
    const [request] = server.requests;
    const real = recorded('01-agent-register', '/luban/api/instance/register');
    expect(request?.headerNames).toEqual(names(real));
    expect(Object.keys(JSON.parse(request?.body ?? '') as object)).toEqual(
      Object.keys(JSON.parse(real.body ?? '') as object),
    );
    expect(request?.body).toContain('\\u003cnil\\u003e');
    await expect(registerStockAgent(options)).rejects.toThrow(RegistrationRefused);
    await server.close();
  });
});
