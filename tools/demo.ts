import type { RpcClient } from '@sallyport/client';
import { execFileSync, spawn } from 'node:child_process';
import { ensureRegistered, launchAgent, waitUntilOnline } from './demo/agent.js';
import { DemoError, stopProcess } from './demo/child.js';
import { DemoFolder, inRepository } from './demo/folder.js';
import { launchServer, waitForServer, type DemoServer } from './demo/server.js';

/** Status by which the CLI says that it failed, unless the shell itself ended with it. */
const CLI_FAILURE = 255;
const END_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const ENDED_BY_PERSON = new Set(['AgentExited', 'ClientClosed']);

/** What ends the processes in the background, and the one in the foreground, which goes first. */
const stopBackground: (() => Promise<void>)[] = [];
let signalStatus: number | undefined;
let stopForeground = (): Promise<void> => Promise.resolve();
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function stopAll(): Promise<void> {
  await stopForeground();
  await Promise.all(stopBackground.map((stop) => stop()));
}

/** Ends what was started; everything that waits for it then fails, and the demo leaves with the status of the signal. */
function stopOnSignals(): void {
  for (const [signal, status] of Object.entries(END_SIGNALS))
    process.on(signal, () => {
      if (stopBackground.length === 0) process.exit(status);
      signalStatus ??= status;
      void stopAll();
    });
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
  let stopping: Promise<void> | undefined;
  stopForeground = () => (stopping ??= stopProcess(child, ended));
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

async function demo(): Promise<number> {
  const folder = new DemoFolder(process.env['SALLYPORT_DATA_DIR']);
  say(`Starting a server and an agent; their data and logs are in ${folder.path}`);
  execFileSync(process.execPath, [inRepository('tools/ensure-built.mjs')], { stdio: ['ignore', 2, 2] });
  await folder.make();
  const serverChild = launchServer(folder);
  stopBackground.push(() => serverChild.stop());
  // Loaded while the server starts: it is much code to translate.
  const { clientOf } = await import('./demo/client.js');
  const server = await waitForServer(serverChild, folder);
  const client = clientOf(server);
  const instanceId = await ensureRegistered(client, server, folder);
  const agent = launchAgent(server, folder);
  stopBackground.push(() => agent.stop());
  await waitUntilOnline(client, instanceId, agent, folder);
  say(`A shell on ${instanceId}, through ${server.url}. Type exit to end the demo.`);
  const serverEnd = serverChild.ended.then(() => {
    throw new DemoError('the server ended', serverChild, folder.log('server'));
  });
  const status = await Promise.race([runSession(instanceId, server), serverEnd]);
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
  // A terminal that has hung up takes no more notices.
  process.stderr.on('error', () => undefined);
  try {
    const status = await demo();
    return signalStatus ?? status;
  } catch (error) {
    if (signalStatus !== undefined) return signalStatus;
    say(`The demo did not work: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await stopAll();
  }
}

process.exit(await main(process.argv.slice(2)));
