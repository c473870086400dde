import type { RpcClient } from '@sallyport/client';
import { readFile, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child, DemoError } from './child.js';
import { inRepository, type DemoFolder } from './folder.js';
import type { DemoServer } from './server.js';

const ONLINE_WITHIN_MS = 60_000;
const POLL_MS = 50;
const LAUNCHER = inRepository('apps/agent/bin/sallyport-agent.js');

/**
 * The instance that this machine is: the one of an earlier run while the server still knows it, else a new registration.
 * @throws DemoError when the registration fails
 */
export async function ensureRegistered(
  client: RpcClient,
  server: DemoServer,
  folder: DemoFolder,
): Promise<string> {
  const stored = await storedInstance(folder);
  if (stored !== undefined && (await findInstance(client, stored)) !== undefined) return stored;
  await rm(folder.agentState, { recursive: true, force: true });
  await register(client, server, folder);
  const registered = await storedInstance(folder);
  if (registered === undefined) throw new Error(`the agent left no registration in ${folder.agentState}`);
  return registered;
}

/** Starts the agent in the background; the server may have moved to another port since it registered. */
export const launchAgent = (server: DemoServer, folder: DemoFolder): Child =>
  new Child({
    logFile: folder.log('agent'),
    args: [LAUNCHER, 'run', '--server', server.url, '--state-dir', folder.agentState],
    env: process.env,
  });

/** @throws DemoError when the agent ends, or is not online in time */
export async function waitUntilOnline(
  client: RpcClient,
  instanceId: string,
  agent: Child,
  folder: DemoFolder,
): Promise<void> {
  const untilMs = Date.now() + ONLINE_WITHIN_MS;
  while (Date.now() < untilMs && !agent.hasEnded) {
    if ((await findInstance(client, instanceId))?.Connected === true) return;
    await pause(POLL_MS);
  }
  const what = agent.hasEnded ? 'ended' : `did not come online within ${ONLINE_WITHIN_MS / 1_000} s`;
  throw new DemoError(`the agent ${what}`, agent, folder.log('agent'));
}

async function findInstance(client: RpcClient, instanceId: string) {
  const { Instances } = await client.call('DescribeManagedInstances', { InstanceId: [instanceId] });
  return Instances.find((instance) => instance.InstanceId === instanceId);
}

async function storedInstance(folder: DemoFolder): Promise<string | undefined> {
  try {
    const text = await readFile(join(folder.agentState, 'identity.json'), 'utf8');
    return (JSON.parse(text) as { instanceId: string }).instanceId;
  } catch {
    // Absent or damaged: a new registration replaces it.
    return undefined;
  }
}

async function register(client: RpcClient, server: DemoServer, folder: DemoFolder): Promise<void> {
  const activation = await client.call('CreateActivation', { InstanceCount: 1, TimeToLiveInHours: 1 });
  const options = {
    '--server': server.url,
    '--ca': server.caFile,
    '--activation-id': activation.ActivationId,
    '--activation-code': activation.ActivationCode,
    '--region': process.env['SALLYPORT_REGION'],
    '--user': ownName(),
    '--state-dir': folder.agentState,
  };
  const args = Object.entries(options).flatMap(([name, value]) => (value ? [name, value] : []));
  const child = new Child({
    logFile: folder.log('register'),
    args: [LAUNCHER, 'register', ...args],
    env: process.env,
  });
  if ((await child.ended) !== 0)
    throw new DemoError('the agent could not register', child, folder.log('register'));
}

/** Whom shells run as. A user id without a name leaves it to the agent, which then uses its own. */
function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
