import { Command } from 'commander';
import { Agent } from '../agent.js';
import { RunningMark } from '../identity/running-mark.js';
import type { Registered } from '../identity/state-directory.js';
import { createLogger } from '../logger.js';
import { parseServerAddress } from '../server/server-address.js';
import type { CommandContext } from './context.js';

const MAX_TIMER_MS = 2_147_483_647;
const EXAMPLES = `
Examples:
  $ sallyport-agent run
  $ sudo systemctl start sallyport-agent

Logs are JSON lines on standard error; SALLYPORT_LOG_LEVEL=debug says more.`;

interface RunOptions {
  readonly server?: string;
  readonly stateDir: string;
}

/** `run`: works in the foreground until SIGTERM or SIGINT. */
export const runCommand = (context: CommandContext): Command =>
  new Command('run')
    .description('serve sessions, in the foreground')
    .option('--server <url>', 'where the server is now, when that is not where it was at registration')
    .option('--state-dir <dir>', 'where identity and key are kept', context.config.stateDir)
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => await run(options, context));

async function run(
  { stateDir, server: movedTo }: RunOptions,
  { config, openState }: CommandContext,
): Promise<void> {
  const registered = at(movedTo, openState(stateDir).require());
  const mark = new RunningMark(stateDir);
  mark.claim();
  const logger = createLogger(config.logLevel);
  const { server } = registered.identity;
  if (parseServerAddress(server).isExposed)
    logger.warn('the connection to the server is not encrypted', { server });
  try {
    await new Agent(registered, { logger, lang: config.lang }).run(untilSignalled());
  } finally {
    mark.release();
  }
}

function at(url: string | undefined, registered: Registered): Registered {
  if (url === undefined) return registered;
  return { ...registered, identity: { ...registered.identity, server: parseServerAddress(url).origin } };
}

/** Aborted by SIGTERM, SIGINT or SIGHUP. */
function untilSignalled(): AbortSignal {
  const stop = new AbortController();
  // Between two dials nothing but unreferenced timers is left, and they do not keep a process.
  const keepAlive = setInterval(() => undefined, MAX_TIMER_MS);
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(name, () => {
      clearInterval(keepAlive);
      stop.abort();
    });
  return stop.signal;
}
