import { SessionConnection, type DialSession, type SessionEnd } from '@sallyport/client';
import { systemClock } from '@sallyport/kernel';
import {
  expectNoProcessLeft,
  freePort,
  Opcode,
  OutputLog,
  RawWebSocket,
  until,
  UpgradeRefused,
} from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOwnAgent, type RunningAgent } from './support/agents.js';
import { Deployment, FAST } from './support/deployment.js';
import { EchoTarget } from './support/echo-target.js';

interface OpenPort {
  readonly connection: SessionConnection;
  readonly output: OutputLog;
  readonly told: string[];
  readonly ended: Promise<SessionEnd>;
}

describe('a port session between own ends', () => {
  let deployment: Deployment;
  let agent: RunningAgent;
  let target: EchoTarget;

  beforeAll(async () => {
    deployment = await Deployment.start(FAST);
    agent = await runOwnAgent(deployment);
    target = await EchoTarget.listen();
  });
  afterAll(async () => {
    await target.close();
    await agent.stop();
    await deployment.stop();
    await expectNoProcessLeft();
  });

  const open = async (port: number): Promise<OpenPort> => {
    const { url } = await deployment.startSession(agent.instanceId, { PortNumber: port });
    const output = new OutputLog();
    const told: string[] = [];
    let finish: (end: SessionEnd) => void = () => undefined;
    const ended = new Promise<SessionEnd>((resolve) => (finish = resolve));
    const connection = new SessionConnection({
      url,
      dial: dialWith(deployment.server.ca),
      clock: systemClock,
      events: {
        output: (bytes) => output.add(Buffer.from(bytes)),
        targetClosed: () => told.push('target closed'),
        targetError: (reason) => told.push(`target error: ${reason}`),
        closed: (end) => finish(end),
      },
    });
    connection.open();
    return { connection, output, told, ended };
  };

  it('begins at once, without the waits that stock ends need', async () => {
    const startMs = Date.now();
    const { connection, output } = await open(target.port);
    await output.match(/hello/);
    expect(Date.now() - startMs).toBeLessThan(1_000);
    connection.send(Buffer.from('ping'));
    await output.match(/ping$/);
    connection.close();
  });

  it('tells the client that the target has closed, after its last byte', async () => {
    const { connection, output, told, ended } = await open(target.port);
    await output.match(/hello/);
    connection.send(Buffer.from('BYE'));
    await output.match(/bye\n$/);
    await until('the news', () => told.includes('target closed'));
    connection.close();
    await ended;
  });

  it('tells why the target could not be reached', async () => {
    const { ended } = await open(await freePort());
    expect(await ended).toEqual({ kind: 'closed', reason: 'TargetUnreachable: connection refused' });
  });
});

/** The socket of `libs/client` over the tests' own WebSocket. */
function dialWith(ca: string): DialSession {
  return (url, headers, handlers) => {
    const dialling = RawWebSocket.dial(
      url,
      [
        ['Host', new URL(url).host],
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', Buffer.alloc(16, 3).toString('base64')],
        ...Object.entries(headers),
      ],
      { ca },
    );
    let opened: RawWebSocket | undefined;
    dialling.then(
      (socket) => {
        opened = socket;
        handlers.opened({
          channelId: String(socket.responseHeaders['x-sallyport-channel']),
          protocol: String(socket.responseHeaders['x-sallyport-protocol']),
        });
        socket.bind({
          message: (_opcode, bytes) => handlers.message(bytes),
          closed: (info) => handlers.closed(info),
        });
      },
      (error: unknown) => {
        const httpStatus = error instanceof UpgradeRefused ? { httpStatus: error.status } : {};
        handlers.closed({ code: 1006, reason: String(error), ...httpStatus });
      },
    );
    return {
      send: (bytes) => void opened?.send(Opcode.Binary, bytes),
      get bufferedBytes() {
        return opened?.waitingBytes ?? 0;
      },
      close: (code, reason) =>
        void dialling.then((socket) => socket.close(code, reason)).catch(() => undefined),
    };
  };
}
