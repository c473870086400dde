import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  launch,
  rpc,
  startServer,
  until,
  type LaunchedProcess,
  type RpcTarget,
  type ServerProcess,
} from '@sallyport/testing';
import { decode, MessageType } from '@sallyport/wire';
import { WebSocket } from 'ws';
import { percentile, type Bench } from './bench.js';

const AGENT = fileURLToPath(new URL('../apps/agent/bin/sallyport-agent.js', import.meta.url));
const WARM_UP = 3;
const SHELLS = 10;
const ANCHOR = 'login shell alone';
const SESSIONS = 30;

/** How long a person waits for a prompt: own agent, own client's protocol, everything on one machine. */
export const firstByte: Bench = {
  name: 'first-byte',
  what: `StartTerminalSession to the first byte of the shell, ${SESSIONS} sessions one after the other`,
  run: async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
    const server = await startServer().catch(async (error: unknown) => {
      await rm(stateDir, { recursive: true, force: true });
      throw error;
    });
    const target = { endpoint: server.httpUrl, credentials: server.root, regionId: 'local' };
    const { agent, instanceId } = await startAgent(server, target, stateDir);
    try {
      const times: number[] = [];
      for (let i = 0; i < WARM_UP + SESSIONS; i++) times.push(await session(target, instanceId, server.ca));
      const measured = times.slice(WARM_UP);
      const p50 = percentile(measured, 50);
      const alone = percentile(Array.from({ length: SHELLS }, shellAlone), 50);
      return [
        { name: ANCHOR, value: alone, unit: 'ms' },
        { name: 'p50', value: p50, unit: 'ms', goal: '≤ 150', anchor: { name: ANCHOR, ratio: p50 / alone } },
        { name: 'p95', value: percentile(measured, 95), unit: 'ms' },
      ];
    } finally {
      await agent.stop();
      await server.stop();
      await rm(stateDir, { recursive: true, force: true });
    }
  },
};

/** @returns ms that this user's login shell takes by itself: its profile is part of every first byte */
function shellAlone(): number {
  const startedAt = performance.now();
  spawnSync('bash', ['-lic', 'true'], { stdio: 'ignore' });
  return performance.now() - startedAt;
}

async function startAgent(
  server: ServerProcess,
  target: RpcTarget,
  stateDir: string,
): Promise<{ agent: LaunchedProcess; instanceId: string }> {
  const { ActivationId, ActivationCode } = await rpc(target, 'CreateActivation');
  const register = [
    'register',
    '--server',
    server.httpUrl,
    '--state-dir',
    stateDir,
    '--user',
    userInfo().username,
  ];
  const code = ['--activation-id', String(ActivationId), '--activation-code', String(ActivationCode)];
  const registration = await launch({ command: process.execPath, args: [AGENT, ...register, ...code] });
  if ((await registration.ended).code !== 0) throw new Error(registration.stderr);
  const agent = await launch({ command: process.execPath, args: [AGENT, 'run', '--state-dir', stateDir] });
  const instanceId = await until(
    'the agent is connected',
    async () => {
      const answer = await rpc(target, 'DescribeManagedInstances', { Connected: true });
      return (answer['Instances'] as { InstanceId: string }[])[0]?.InstanceId;
    },
    20_000,
  );
  return { agent, instanceId };
}

/** @returns ms until the shell's first byte */
async function session(target: RpcTarget, instanceId: string, ca: string): Promise<number> {
  const startedAt = performance.now();
  const started = await rpc(target, 'StartTerminalSession', { 'InstanceId.1': instanceId });
  const headers = { 'x-sallyport-protocol': '1.03' };
  const socket = new WebSocket(String(started['WebSocketUrl']), { perMessageDeflate: false, headers, ca });
  const elapsedMs = await new Promise<number>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const message = decode('own-1.03', data);
      if (message.ok && message.value.type === MessageType.Output) resolve(performance.now() - startedAt);
    });
  });
  await rpc(target, 'EndTerminalSession', { SessionId: String(started['SessionId']) });
  socket.terminate();
  return elapsedMs;
}
