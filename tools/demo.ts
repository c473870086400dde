import { RpcClient } from '@sallyport/client';
import { systemClock } from '@sallyport/kernel';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { nodeHttp } from '../apps/cli/src/api/node-http.js';
import { ensureRegistered, launchAgent, waitUntilOnline } from './demo/agent.js';
import { stopProcess } from './demo/child.js';
import { DemoFolder, inRepository } from './demo/folder.js';
import { launchServer, waitForServer, type DemoServer } from './demo/server.js';

/** Status by which the CLI says that it failed, unless the shell itself ended with it. */
const CLI_FAILURE = 255;
const END_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const ENDED_BY_PERSON = new Set(['AgentExited', 'ClientClosed']);

/** What ends the processes in the background, and the one in the foreground, which goes first. */
const stopBackground: (() => Promise<void>)[] = [];
let stopForeground = (): Promise<void> => Promise.resolve();
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function stopAll(): Promise<void> {
  await stopForeground();
  await Promise.all(stopBackground.map((stop) => stop()));
}

function stopOnSignals(): void {
  let isStopping = false;
  for (const [signal, status] of Object.entries(END_SIGNALS))
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      void stopAll().then(() => process.exit(status));
    });
}

function clientOf({ url, accessKey, caFile }: DemoServer): RpcClient {
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  const regionId = process.env['SALLYPORT_REGION'] ?? 'local';
  return new RpcClient({ endpoint: url, accessKey, regionId, http: nodeHttp(ca), clock: systemClock });
}

/** Runs the CLI on this terminal or these pipes. @returns its status; {@link CLI_FAILURE} when a signal ended it */
function runSession(instanceId: string, { url, accessKey, caFile }: DemoServer): Promise<number> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    SALLYPORT_ENDPOINT: url,
    SALLYPORT_ACCESS_KEY_ID: accessKey.accessKeyId,
    SALLYPORT_ACCESS_KEY_SECRET: accessKey.accessKeySecret,
    SALLYPORT_SECURITY_TOKEN: '',
    SALLYPORT_CA: caFile ?? '',
  };
  const child = spawn(process.execPath, [inRepository('apps/cli/bin/sallyport.js'), 'session', instanceId], {
    env,
    stdio: 'inherit',
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? CLI_FAILURE)));
  stopForeground = () => stopProcess(child, ended);
  return ended;
}

/** Whether the newest session ended because its shell did, or because the person ended it. */
async function hasEndedWell(client: RpcClient, instanceId: string): Promise<boolean> {
  const { Sessions } = await client.call('DescribeTerminalSessions', {
    InstanceId: instanceId,
    MaxResults: 1,
  });
  return ENDED_BY_PERSON.has(Sessions.Session[0]?.Connections.Connection[0]?.ClosedReason ?? '');
}

/** The port that a setting asks for; the server itself judges what is no port. */
const wantedPort = (): number | undefined => Number(process.env['SALLYPORT_HTTP_PORT'] ?? '') || undefined;

async function demo(): Promise<number> {
  const folder = new DemoFolder(process.env['SALLYPORT_DATA_DIR']);
  say(`Starting a server and an agent; their data and logs are in ${folder.path}`);
  execFileSync(process.execPath, [inRepository('tools/ensure-built.mjs')], { stdio: ['ignore', 2, 2] });
  const serverChild = launchServer(folder, await folder.claim(wantedPort()));
  stopBackground.push(() => serverChild.stop());
  const server = await waitForServer(serverChild, folder);
  const client = clientOf(server);
  const instanceId = await ensureRegistered(client, server, folder);
  const agent = launchAgent(folder);
  stopBackground.push(() => agent.stop());
  await waitUntilOnline(client, instanceId, agent, folder);
  say(`A shell on ${instanceId}, through ${server.url}. Type exit to end the demo.`);
  const status = await runSession(instanceId, server);
  return status !== CLI_FAILURE || (await hasEndedWell(client, instanceId)) ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.length > 0) {
    say(
      words[0] === '--console'
        ? 'The web console is not part of this version.'
        : `The demo has no option ${words[0] ?? ''}.`,
    );
    return 2;
  }
  stopOnSignals();
  try {
    return await demo();
  } catch (error) {
    say(`The demo did not work: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await stopAll();
  }
}

process.exit(await main(process.argv.slice(2)));
