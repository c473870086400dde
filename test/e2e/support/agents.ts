import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  launch,
  registerStockAgent,
  StockAgentDouble,
  until,
  type LaunchedProcess,
} from '@sallyport/testing';
import type { Deployment } from './deployment.js';

/** The two agents of the matrix. */
export type AgentKind = 'stock' | 'own';

/** An agent that runs and takes kicks. */
export interface RunningAgent {
  readonly kind: AgentKind;
  readonly instanceId: string;
  /** Whether its process lives and nothing of it has died of what the server sent. */
  isHealthy(): boolean;
  stop(): Promise<void>;
}

const OWN_AGENT = fileURLToPath(new URL('../../../apps/agent/bin/sallyport-agent.js', import.meta.url));

/** Registers an agent and runs it until it is online. */
export const runAgent = async (kind: AgentKind, deployment: Deployment): Promise<RunningAgent> =>
  kind === 'stock' ? await runStockAgent(deployment) : await runOwnAgent(deployment);

/** A stock agent over TLS, as all of them are, with its double's records. */
export async function runStockAgent(
  deployment: Deployment,
): Promise<RunningAgent & { readonly double: StockAgentDouble }> {
  const { id, code } = await deployment.activation();
  const server = {
    host: new URL(deployment.server.httpsUrl).host,
    isSecure: true,
    ca: deployment.server.ca,
  };
  const identity = await registerStockAgent({
    server,
    activationId: id,
    activationCode: code,
    regionId: 'local',
  });
  const double = new StockAgentDouble({ server, identity });
  await double.start();
  return {
    kind: 'stock',
    double,
    instanceId: identity.instanceId,
    isHealthy: () => double.isAlive && double.observations('fatal').length === 0,
    stop: () => {
      double.stop();
      return Promise.resolve();
    },
  };
}

/** The own agent as a process; its shells run as whoever runs the test. */
export async function runOwnAgent(
  deployment: Deployment,
): Promise<RunningAgent & { readonly process: LaunchedProcess }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'sallyport-agent-'));
  const { id, code } = await deployment.activation();
  const caFile = join(stateDir, 'test-ca.pem');
  await writeFile(caFile, deployment.server.ca);
  const instanceId = await registerOwn(stateDir, [
    ...['--server', deployment.server.httpsUrl, '--ca', caFile],
    ...['--activation-id', id, '--activation-code', code],
    ...['--user', userInfo().username],
  ]);
  const process = await launchOwn(['run', '--state-dir', stateDir]);
  await until('the own agent to be online', () => isOnline(deployment, instanceId), 20_000);
  return {
    kind: 'own',
    process,
    instanceId,
    isHealthy: () => !process.hasEnded,
    stop: async () => {
      await process.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function registerOwn(stateDir: string, args: readonly string[]): Promise<string> {
  const registration = await launchOwn(['register', '--state-dir', stateDir, ...args]);
  const { code } = await registration.ended;
  const instanceId = /\bmi-[a-z0-9]+/.exec(`${registration.stdout}${registration.stderr}`)?.[0];
  if (code !== 0 || instanceId === undefined)
    throw new Error(`register ended with ${code}: ${registration.stdout}${registration.stderr}`);
  return instanceId;
}

const launchOwn = async (args: readonly string[]): Promise<LaunchedProcess> =>
  await launch({ command: process.execPath, args: [OWN_AGENT, ...args], name: 'sallyport-agent' });

/** Whether an instance's agent has its control socket up. */
export async function isOnline(deployment: Deployment, instanceId: string): Promise<boolean> {
  const answer = await deployment.rpc('DescribeCloudAssistantStatus', { 'InstanceId.1': instanceId });
  const { InstanceCloudAssistantStatus: list } = answer['InstanceCloudAssistantStatusSet'] as {
    InstanceCloudAssistantStatus: readonly { CloudAssistantStatus?: unknown }[];
  };
  return String(list[0]?.CloudAssistantStatus) === 'true';
}
