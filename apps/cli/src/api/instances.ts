import type { RpcClient, RpcParameters } from '@sallyport/client';
import type { InstanceMember, ManagedInstanceMember } from '@sallyport/openapi';
import { CliError } from '../cli-error.js';
import { collectPages } from './pages.js';

/** An instance as the CLI lists it. */
export interface Instance {
  readonly instanceId: string;
  readonly name: string;
  readonly isOnline: boolean;
  readonly hostName: string;
  readonly address: string | undefined;
  readonly osType: string;
  readonly agentVersion: string | undefined;
}

/** The most ids that one status call takes. */
const STATUS_BATCH = 100;
const INSTANCE_ID = /^m?i-[a-z0-9]{8,}$/i;

/** All instances, those that registered themselves and those that an administrator declared; by name, then id. */
export async function listInstances(client: RpcClient, name?: string): Promise<Instance[]> {
  const filter = { InstanceName: name };
  const [managed, declared] = await Promise.all([listManaged(client, filter), listDeclared(client, filter)]);
  const sortKey = (instance: Instance): string => `${instance.name}\n${instance.instanceId}`;
  return [...managed, ...declared].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/**
 * The id of the instance that a person means.
 * @param idOrName  an id is taken as it is; a name must be that of one instance
 * @throws CliError when no instance, or more than one, has that name
 */
export async function findInstanceId(client: RpcClient, idOrName: string): Promise<string> {
  if (INSTANCE_ID.test(idOrName)) return idOrName;
  const found = (await listInstances(client, idOrName)).filter((instance) => instance.name === idOrName);
  const [only, ...others] = found;
  if (only === undefined)
    throw new CliError(`there is no instance ${idOrName}`, {
      hint: '`sallyport instances` lists those there are.',
    });
  if (others.length === 0) return only.instanceId;
  const ids = found.map((instance) => instance.instanceId).join(', ');
  throw new CliError(`${found.length} instances are named ${idOrName}`, { hint: `Use an id: ${ids}.` });
}

async function listManaged(client: RpcClient, filter: RpcParameters): Promise<Instance[]> {
  const members = await collectPages(async (NextToken) => {
    const page = await client.call('DescribeManagedInstances', { ...filter, MaxResults: 50, NextToken });
    return { items: page.Instances, nextToken: page.NextToken };
  });
  return members.map(ofManaged);
}

const ofManaged = (member: ManagedInstanceMember): Instance => ({
  instanceId: member.InstanceId,
  name: member.InstanceName,
  isOnline: member.Connected,
  hostName: member.Hostname,
  address: member.IntranetIp || member.InternetIp || undefined,
  osType: member.OsType,
  agentVersion: member.AgentVersion || undefined,
});

async function listDeclared(client: RpcClient, filter: RpcParameters): Promise<Instance[]> {
  const members = await collectPages(async (NextToken) => {
    const page = await client.call('DescribeInstances', { ...filter, MaxResults: 100, NextToken });
    return { items: page.Instances.Instance, nextToken: page.NextToken };
  });
  const instances: Instance[] = [];
  for (let start = 0; start < members.length; start += STATUS_BATCH)
    instances.push(...(await withStatus(client, members.slice(start, start + STATUS_BATCH))));
  return instances;
}

async function withStatus(client: RpcClient, members: readonly InstanceMember[]): Promise<Instance[]> {
  const { InstanceCloudAssistantStatusSet: set } = await client.call('DescribeCloudAssistantStatus', {
    InstanceId: members.map((member) => member.InstanceId),
  });
  const byId = new Map(set.InstanceCloudAssistantStatus.map((status) => [status.InstanceId, status]));
  return members.map((member) => {
    const status = byId.get(member.InstanceId);
    return {
      instanceId: member.InstanceId,
      name: member.InstanceName,
      isOnline: status?.CloudAssistantStatus === 'true',
      hostName: member.HostName,
      address: member.VpcAttributes.PrivateIpAddress.IpAddress[0] ?? member.PublicIpAddress.IpAddress[0],
      osType: member.OSType,
      agentVersion: status?.CloudAssistantVersion || undefined,
    };
  });
}
