import { decodeForm } from '@sallyport/openapi';
import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpRequest } from './http.port.js';
import { RpcCallError, RpcClient } from './rpc-client.js';

const ACCESS_KEY = { accessKeyId: 'LTAIexample', accessKeySecret: 'secret' };

function setUp(answer: HttpAnswer, endpoint = 'http://127.0.0.1:8080/some/path') {
  const sent: HttpRequest[] = [];
  const client = new RpcClient({
    endpoint,
    accessKey: ACCESS_KEY,
    regionId: 'local',
    clock: new FakeClock(),
    http: (request) => {
      sent.push(request);
      return Promise.resolve(answer);
    },
  });
  return { client, sent };
}

const json = (status: number, body: unknown): HttpAnswer => ({ status, text: JSON.stringify(body) });

describe('RpcClient', () => {
  it('sends the region and flattened parameters to the root of the endpoint', async () => {
    const { client, sent } = setUp(json(200, { RequestId: 'R' }));
    await client.call('StartTerminalSession', {
      InstanceId: ['mi-1', 'mi-2'],
      CommandLine: "a b'*",
      PortNumber: undefined,
    });
    const [url, query = ''] = (sent[0]?.url ?? '').split('?');
    const parameters = new Map<string, string>();
    decodeForm(query, parameters);
    expect(url).toBe('http://127.0.0.1:8080/');
    expect(Object.fromEntries(parameters)).toEqual({
      RegionId: 'local',
      'InstanceId.1': 'mi-1',
      'InstanceId.2': 'mi-2',
      CommandLine: "a b'*",
    });
  });

  it('signs for the host it calls, with a new nonce each time', async () => {
    const { client, sent } = setUp(json(200, { RequestId: 'R' }), 'https://door.example:8443');
    await client.call('DescribeInstances', {});
    await client.call('DescribeInstances', {});
    const [first, second] = sent.map((request) => request.headers);
    expect(first).toMatchObject({
      host: 'door.example:8443',
      'x-acs-action': 'DescribeInstances',
      'x-acs-version': '2014-05-26',
    });
    expect(first?.['authorization']).toMatch(/^ACS3-HMAC-SHA256 Credential=LTAIexample,SignedHeaders=/);
    expect(first?.['x-acs-signature-nonce']).not.toBe(second?.['x-acs-signature-nonce']);
  });

  it('gives the members of the answer', async () => {
    const { client } = setUp(json(200, { RequestId: 'R', SessionId: 's-1' }));
    expect(await client.call('StartTerminalSession', {})).toMatchObject({ SessionId: 's-1', RequestId: 'R' });
  });

  it('turns an error envelope into its parts', async () => {
    const { client } = setUp(
      json(404, { Code: 'InvalidInstance.NotFound', Message: 'No such instance.', RequestId: 'R' }),
    );
    await expect(client.call('StartTerminalSession', {})).rejects.toEqual(
      new RpcCallError('InvalidInstance.NotFound', 404, 'No such instance.', 'R'),
    );
  });

  it.each(['<html>', '', 'null', '7'])('says that %j is no answer of the API', async (text) => {
    const { client } = setUp({ status: 200, text });
    await expect(client.call('DescribeInstances', {})).rejects.toMatchObject({
      code: 'UnreadableAnswer',
      status: 200,
    });
  });
});
