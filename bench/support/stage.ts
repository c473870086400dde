import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  launch,
  registerStockAgent,
  rpc,
  startServer,
  type AgentIdentity,
  type LaunchedProcess,
  type ServerProcess,
} from '@sallyport/testing';
import type { LoadPlan } from './pairs.js';

/** Limits out of the way: what is measured is the relay, not its shaper. */
const OPEN_LIMITS = {
  SALLYPORT_LIMIT_BANDWIDTH_KBIT: '1000000000',
  SALLYPORT_LIMIT_SESSIONS_PER_REGION: '10000',
  SALLYPORT_LIMIT_SESSIONS_PER_INSTANCE: '10000',
};

const sourceOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Relay and load run on different cores where there are two; the pinning is of the whole process. */
const pinned = (core: number, command: string, args: readonly string[]) =>
  availableParallelism() > 1
    ? { command: 'taskset', args: ['-c', String(core), command, ...args] }
    : { command, args };

/** Moves a running process, all its threads, to one core. */
function pin(pid: number, core: number): void {
  if (availableParallelism() > 1) execFileSync('taskset', ['-acp', String(core), String(pid)]);
}

/** A Sallyport server with its limits open, and an instance for load agents. */
export async function openStage(settings: Record<string, string> = {}): Promise<{
  server: ServerProcess;
  identity: AgentIdentity;
}> {
  const server = await startServer({ settings: { ...OPEN_LIMITS, ...settings } });
  pin(server.pid, 0);
  const target = { endpoint: server.httpUrl, credentials: server.root, regionId: 'local' };
  const activation = await rpc(target, 'CreateActivation');
  const identity = await registerStockAgent({
    server: { host: new URL(server.httpUrl).host, isSecure: false },
    activationId: String(activation['ActivationId']),
    activationCode: String(activation['ActivationCode']),
    regionId: 'local',
  });
  return { server, identity };
}

/** The anchor relay. */
export async function openBareRelay(): Promise<{ relay: LaunchedProcess; url: string }> {
  const script = ['-C', 'source', '--import', 'tsx', sourceOf('./bare-relay.ts')];
  const relay = await launch({ ...pinned(0, process.execPath, script), name: 'bare relay' });
  const port = await relay.waitForLine('port', (line) => /^\{"port":(\d+)\}$/.exec(line)?.[1]);
  return { relay, url: `http://127.0.0.1:${port}` };
}

/** A load process that has opened its pairs and waits for `go`. */
export async function openLoad(plan: LoadPlan): Promise<LaunchedProcess> {
  const script = ['-C', 'source', '--import', 'tsx', sourceOf('./load.ts'), JSON.stringify(plan)];
  const load = await launch({ ...pinned(1, process.execPath, script), name: 'load' });
  await load.waitForLine('ready', (line) => (line.startsWith('{"ready"') ? true : undefined), 120_000);
  return load;
}

/** Lets the load run. @returns messages lost, doubled or out of order */
export async function runLoad(load: LaunchedProcess): Promise<number> {
  load.write('go\n');
  const done = await load.waitForLine(
    'done',
    (line) => /^\{"done":true,"faults":(\d+)\}$/.exec(line)?.[1],
    300_000,
  );
  return Number(done);
}
