import type { Command } from 'commander';
import { findInstanceId } from '../api/instances.js';
import { withCaller, type CliContext } from '../context.js';
import type { LastLine } from '../terminal/end-of-input.js';
import { ShellSession } from './shell-session.js';

/** Options that `session` and `exec` share. */
export interface ShellOptions {
  /** Login user; the agent's default when absent. */
  readonly user?: string;
}

/** Which shell to open. */
export interface ShellRequest extends ShellOptions {
  /** Id or unique name. */
  readonly instance: string;
  /** Run instead of a login shell, 1–512 characters. */
  readonly commandLine?: string;
  readonly lastLine: LastLine;
}

/** Starts a session and joins this process to it. @returns its exit status, see {@link ShellSession.run} */
export const openShell = (context: CliContext, command: Command, request: ShellRequest): Promise<number> =>
  withCaller(context, command, `Connecting to ${request.instance}`, async ({ client, dial, spinner }) => {
    const { WebSocketUrl: url } = await client.call('StartTerminalSession', {
      InstanceId: [await findInstanceId(client, request.instance)],
      CommandLine: request.commandLine,
      Username: request.user,
    });
    const { clock, io } = context;
    return new ShellSession({ url, dial, clock, io, spinner, lastLine: request.lastLine }).run();
  });
