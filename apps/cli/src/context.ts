import { RpcClient, type DialSession, type HttpPort } from '@sallyport/client';
import type { Clock } from '@sallyport/kernel';
import type { Command } from 'commander';
import { explain } from './api/explain.js';
import type { Environment } from './config.js';
import type { OutputFormat } from './output.js';
import { isExposed, resolveConnection, type ConnectionFlags } from './settings/connection-settings.js';
import type { ShellIo } from './shell/shell-io.js';
import { Spinner } from './terminal/spinner.js';

/** The outside world of the CLI: everything a test may replace. */
export interface CliContext {
  readonly environment: Environment;
  readonly io: ShellIo;
  readonly clock: Clock;
  /** @param ca  PEM text of the only authority to trust */
  readonly http: (ca?: string) => HttpPort;
  /** @param ca  PEM text of the only authority to trust */
  readonly dial: (ca?: string) => DialSession;
  /** Status of the process once the command is done. */
  exitCode: number;
}

/** Options of every command. */
export interface GlobalOptions extends ConnectionFlags {
  readonly output: OutputFormat;
}

/** What a command that calls the server works with. */
export interface Caller {
  readonly client: RpcClient;
  readonly dial: DialSession;
  readonly spinner: Spinner;
}

/**
 * Runs `work` with a client for the server that options, environment and profiles name.
 * @param waitingText  shown beside a spinner until the first thing is printed
 * @throws CliError for whatever goes wrong on the way to the server or is refused there
 */
export async function withCaller<T>(
  context: CliContext,
  command: Command,
  waitingText: string,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  const settings = await resolveConnection(command.optsWithGlobals<GlobalOptions>(), context.environment);
  const { endpoint, accessKey, regionId, ca } = settings;
  if (isExposed(endpoint)) context.io.stderr.write(exposedWarning(endpoint));
  const options = { endpoint: endpoint.href, accessKey, regionId, clock: context.clock };
  const client = new RpcClient({ ...options, http: context.http(ca) });
  const spinner = new Spinner(context.io.stderr);
  spinner.start(waitingText);
  try {
    return await work({ client, spinner, dial: context.dial(ca) });
  } catch (error) {
    throw explain(error, endpoint);
  } finally {
    spinner.stop();
  }
}

const exposedWarning = (endpoint: URL): string =>
  `sallyport: warning: ${endpoint.origin} is not encrypted: what you type and see can be read on the way\n`;
