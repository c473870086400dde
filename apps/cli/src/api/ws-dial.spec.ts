import type { SessionSocket, SocketClosing, UpgradeAnswer } from '@sallyport/client';
import { until } from '@sallyport/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { wsDial } from './ws-dial.js';

describe('wsDial', () => {
  let server: Server;
  let webSockets: WebSocketServer;
  const peers: WebSocket[] = [];
  beforeEach(async () => {
    server = createServer();
    webSockets = new WebSocketServer({ noServer: true });
    webSockets.on('headers', (headers) =>
      headers.push('x-sallyport-channel: c1', 'x-sallyport-protocol: 1.03'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const accept = (): void =>
    void server.on('upgrade', (request, socket, head) =>
      webSockets.handleUpgrade(request, socket, head, (peer) => peers.push(peer)),
    );

  function dial(port = (server.address() as AddressInfo).port) {
    const heard = {
      opened: [] as UpgradeAnswer[],
      messages: [] as number[][],
      closed: [] as SocketClosing[],
    };
    const socket: SessionSocket = wsDial()(
      `ws://127.0.0.1:${port}/session`,
      { 'x-sallyport-protocol': '1.03' },
      {
        opened: (answer) => heard.opened.push(answer),
        message: (bytes) => heard.messages.push([...bytes]),
        closed: (closing) => heard.closed.push(closing),
      },
    );
    return { socket, heard };
  }

  it('tells what the upgrade answered and carries messages both ways', async () => {
    accept();
    const { socket, heard } = dial();
    await until('the open socket', () => heard.opened.length === 1);
    expect(heard.opened).toEqual([{ channelId: 'c1', protocol: '1.03' }]);
    const received: number[][] = [];
    peers[0]?.on('message', (data) => received.push([...(data as Buffer)]));
    socket.send(Uint8Array.of(1, 2));
    peers[0]?.send(Uint8Array.of(3));
    await until('both messages', () => received.length === 1 && heard.messages.length === 1);
    expect([received, heard.messages]).toEqual([[[1, 2]], [[3]]]);
    socket.close(1000, '');
    await until('the end', () => heard.closed.length === 1);
  });

  it('tells the code and reason of the other end', async () => {
    accept();
    const { heard } = dial();
    await until('the open socket', () => heard.opened.length === 1);
    peers[0]?.close(4401, 'no');
    await until('the end', () => heard.closed.length === 1);
    expect(heard.closed).toEqual([{ code: 4401, reason: 'no' }]);
  });

  it('tells the status of a refused upgrade, once', async () => {
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n'));
    const { heard } = dial();
    await until('the end', () => heard.closed.length === 1);
    expect(heard.closed).toEqual([{ code: 1006, reason: '', httpStatus: 410 }]);
  });

  it('tells that nothing listens', async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { heard } = dial(port);
    await until('the end', () => heard.closed.length === 1);
    expect(heard.closed[0]).toMatchObject({
      code: 1006,
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('reads nothing while it is paused', async () => {
    accept();
    const { socket, heard } = dial();
    socket.setPaused?.(true);
    await until('the open socket', () => heard.opened.length === 1);
    await new Promise((resolve) => peers[0]?.send(Uint8Array.of(1), resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.messages).toEqual([]);
    socket.setPaused?.(false);
    await until('the message', () => heard.messages.length === 1);
    expect(heard.messages).toEqual([[1]]);
  });
});
