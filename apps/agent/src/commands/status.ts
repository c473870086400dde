import { AppError } from '@sallyport/kernel';
import { Command } from 'commander';
import { RunningMark } from '../identity/running-mark.js';
import { HttpClient } from '../server/http-client.js';
import { messageOf } from '../wait.js';
import type { CommandContext } from './context.js';

const EXAMPLES = `
Examples:
  $ sallyport-agent status

The exit status is 0 when an agent is registered and running and its server can be reached, else 1.`;

/** `status`: what this agent is and whether it works. */
export const statusCommand = (context: CommandContext): Command =>
  new Command('status')
    .description('show the registration and whether the agent runs')
    .option('--state-dir <dir>', 'where identity and key are kept', context.config.stateDir)
    .addHelpText('after', EXAMPLES)
    .action(async (options: { stateDir: string }) => await run(options.stateDir, context));

async function run(stateDir: string, { openState, print }: CommandContext): Promise<void> {
  const { identity } = openState(stateDir).require();
  const pid = new RunningMark(stateDir).pid;
  const trouble = await reach(identity.server, identity.ca);
  const lines: [string, string][] = [
    ['instance', identity.instanceId],
    ['server', identity.server],
    ['region', identity.region],
    ['user', identity.user ?? '(default)'],
    ['state', stateDir],
    ['process', pid === undefined ? 'not running' : String(pid)],
    ['connection', trouble ?? 'ok'],
  ];
  for (const [name, value] of lines) print(`${name.padEnd(12)}${value}`);
  if (pid === undefined) throw new AppError('DEPENDENCY_UNAVAILABLE', 'the agent is not running');
  if (trouble !== undefined) throw new AppError('DEPENDENCY_UNAVAILABLE', trouble);
}

/** @returns what is wrong with the way to the server */
async function reach(server: string, ca: string | undefined): Promise<string | undefined> {
  const http = new HttpClient(server, ca);
  try {
    const { status, text } = await http.send({ method: 'GET', path: '/luban/api/connection_detect' });
    return status === 200 && text === 'ok'
      ? undefined
      : `${server} is not a Sallyport server (HTTP ${status})`;
  } catch (error) {
    return messageOf(error);
  } finally {
    http.close();
  }
}
