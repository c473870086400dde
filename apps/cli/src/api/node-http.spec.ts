import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeHttp } from './node-http.js';

describe('nodeHttp', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const send = () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?a=b%2A`;
    return nodeHttp()({ method: 'POST', url, headers: { host: 'signed.example', 'x-acs-action': 'A' } });
  };

  it('sends URL and headers as they are, with no body', async () => {
    const seen: unknown[] = [];
    answer = ({ method, url, headers }, response) => {
      seen.push([method, url, headers.host, headers['x-acs-action'], headers['content-length']]);
      response.writeHead(404).end('{"ä":1}');
    };
    expect(await send()).toEqual({ status: 404, text: '{"ä":1}' });
    expect(seen).toEqual([['POST', '/?a=b%2A', 'signed.example', 'A', '0']]);
  });

  it('rejects when the connection ends before the answer', async () => {
    answer = (_request, response) => void response.socket?.destroy();
    await expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('rejects an answer that does not end', async () => {
    answer = (_request, response) => void response.write(Buffer.alloc(16_777_217));
    await expect(send()).rejects.toThrow('the answer is too long');
  });
});
