import { AppError, systemClock } from '@sallyport/kernel';
import { Command } from 'commander';
import { RunningMark } from '../identity/running-mark.js';
import { Signer } from '../identity/signer.js';
import { AgentApi } from '../server/agent-api.js';
import { HttpClient } from '../server/http-client.js';
import { messageOf } from '../wait.js';
import type { CommandContext } from './context.js';

const EXAMPLES = `
Examples:
  $ sallyport-agent deregister

The registration here is kept when the server cannot be told. An agent whose server is gone for good is forgotten by
removing its state directory.`;

/** `deregister`: gives the instance up, at the server and here. */
export const deregisterCommand = (context: CommandContext): Command =>
  new Command('deregister')
    .description('remove this machine from its server')
    .option('--state-dir <dir>', 'where identity and key are kept', context.config.stateDir)
    .addHelpText('after', EXAMPLES)
    .action(async (options: { stateDir: string }) => await run(options.stateDir, context));

async function run(stateDir: string, { openState, print }: CommandContext): Promise<void> {
  const state = openState(stateDir);
  const registered = state.require();
  const { server, ca, instanceId } = registered.identity;
  const signer = new Signer(registered, systemClock);
  const http = new HttpClient(server, ca);
  try {
    await new AgentApi(http, () => signer.headers()).deregister();
  } catch (error) {
    throw new AppError(
      'DEPENDENCY_UNAVAILABLE',
      `${messageOf(error)}; the registration in ${stateDir} is kept`,
      {
        cause: error,
      },
    );
  } finally {
    http.close();
  }
  state.clear();
  print(`${instanceId} is no longer registered`);
  const pid = new RunningMark(stateDir).pid;
  if (pid !== undefined) print(`its agent still runs as process ${pid}: stop it`);
}
