import { RpcClient, type HttpRequest } from '@sallyport/client';
import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import { findInstanceId, listInstances } from './instances.js';

const managed = (id: string, name: string, connected = true) => ({
  InstanceId: id,
  InstanceName: name,
  Connected: connected,
  Hostname: `${name}.host`,
  IntranetIp: '10.0.0.1',
  InternetIp: '192.0.2.1',
  OsType: 'linux',
  AgentVersion: '',
});
const declared = (id: string, name: string) => ({
  InstanceId: id,
  InstanceName: name,
  HostName: '',
  OSType: 'linux',
  VpcAttributes: { PrivateIpAddress: { IpAddress: [] } },
  PublicIpAddress: { IpAddress: ['192.0.2.2'] },
});

function setUp(managedPages: object[][], declaredInstances: ReturnType<typeof declared>[] = []) {
  const sent: HttpRequest[] = [];
  const answer = (request: HttpRequest): object => {
    const query = new URL(request.url).searchParams;
    switch (request.headers['x-acs-action'] ?? '') {
      case 'DescribeManagedInstances': {
        const page = Number(query.get('NextToken') ?? 0);
        const nextToken = page + 1 < managedPages.length ? String(page + 1) : '';
        return { Instances: managedPages[page] ?? [], NextToken: nextToken };
      }
      case 'DescribeInstances':
        return { Instances: { Instance: declaredInstances }, NextToken: '' };
      default: {
        const ids = [...query].filter(([name]) => name.startsWith('InstanceId.')).map(([, id]) => id);
        const statuses = ids.map((id) => ({
          InstanceId: id,
          CloudAssistantStatus: 'true',
          CloudAssistantVersion: '2.2.4',
        }));
        return { InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: statuses } };
      }
    }
  };
  const client = new RpcClient({
    endpoint: 'http://127.0.0.1',
    accessKey: { accessKeyId: 'a', accessKeySecret: 's' },
    regionId: 'local',
    clock: new FakeClock(),
    http: (request) => {
      sent.push(request);
      return Promise.resolve({ status: 200, text: JSON.stringify(answer(request)) });
    },
  });
  return { client, sent };
}

describe('listInstances', () => {
  it('lists every page of both kinds, by name', async () => {
    const { client } = setUp([[managed('mi-3', 'c')], [managed('mi-1', 'a', false)]], [declared('i-2', 'b')]);
    const rows = await listInstances(client);
    expect(rows.map((row) => [row.instanceId, row.name, row.isOnline])).toEqual([
      ['mi-1', 'a', false],
      ['i-2', 'b', true],
      ['mi-3', 'c', true],
    ]);
    expect(rows[0]).toMatchObject({ address: '10.0.0.1', agentVersion: undefined });
    expect(rows[1]).toMatchObject({ address: '192.0.2.2', agentVersion: '2.2.4' });
  });

  it('asks for the state of at most 100 declared instances at once', async () => {
    const { client, sent } = setUp(
      [[]],
      Array.from({ length: 101 }, (_, index) => declared(`i-${index}`, 'x')),
    );
    const rows = await listInstances(client);
    const asked = sent.filter(
      (request) => request.headers['x-acs-action'] === 'DescribeCloudAssistantStatus',
    );
    expect(asked).toHaveLength(2);
    expect(rows.every((row) => row.isOnline)).toBe(true);
  });

  it('asks for no state when nothing is declared', async () => {
    const { client, sent } = setUp([[]]);
    expect(await listInstances(client)).toEqual([]);
    expect(sent).toHaveLength(2);
  });
});

describe('findInstanceId', () => {
  it.each(['mi-4x2r8k1m9q', 'i-0123456789abcdef'])('takes the id %s as it is', async (id) => {
    const { client, sent } = setUp([[]]);
    expect(await findInstanceId(client, id)).toBe(id);
    expect(sent).toEqual([]);
  });

  it('finds the one instance of exactly that name', async () => {
    const { client } = setUp([[managed('mi-1', 'web-1'), managed('mi-2', 'web-10')]]);
    expect(await findInstanceId(client, 'web-1')).toBe('mi-1');
  });

  it('says when there is none, or more than one', async () => {
    const { client } = setUp([[managed('mi-1', 'web'), managed('mi-2', 'web')]]);
    await expect(findInstanceId(client, 'db')).rejects.toThrow('there is no instance db');
    await expect(findInstanceId(client, 'web')).rejects.toMatchObject({
      message: '2 instances are named web',
      hint: 'Use an id: mi-1, mi-2.',
    });
  });
});
