import { Command } from 'commander';
import type { CliContext } from '../context.js';
import { openShell, type ShellOptions } from '../shell/open-shell.js';

const HELP = `
Keys at the start of a line: ~. ends the session, ~? shows this, ~~ sends a tilde.
The exit status is that of the shell; 255 when sallyport itself failed.

Examples:
  sallyport session mi-4x2r8k1m9q
  sallyport session web-1 --user deploy
  echo 'uptime; exit' | sallyport session web-1`;

/** `session <instance>`: a shell on an instance, in this terminal. */
export const sessionCommand = (context: CliContext): Command =>
  new Command('session')
    .description('open a shell on an instance')
    .argument('<instance>', 'id, or a name that only one instance has')
    .option('-u, --user <name>', 'login user on the instance')
    .addHelpText('after', HELP)
    .action(async (instance: string, options: ShellOptions, command: Command) => {
      context.exitCode = await openShell(context, command, { ...options, instance, lastLine: 'complete' });
    });
