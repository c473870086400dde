import { Command } from 'commander';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { openShell, type ShellOptions } from '../shell/open-shell.js';
import { quoteCommand } from '../shell-quote.js';

/** Bound of the API for `CommandLine`. */
const MAX_COMMAND_LINE_CHARACTERS = 512;

const HELP = `
The command gets exactly these words: use sh -c for pipes, variables and several commands.
It runs in a terminal: its lines end in CR LF, errors and output arrive together, piped input is echoed.
The exit status is that of the command; 255 when sallyport itself failed.

Examples:
  sallyport exec web-1 -- uptime
  sallyport exec web-1 --user root -- systemctl restart nginx
  sallyport exec web-1 -- sh -c 'df -h | grep /var'`;

/** `exec <instance> -- command…`: one command on an instance. */
export const execCommand = (context: CliContext): Command =>
  new Command('exec')
    .description('run one command on an instance')
    .usage('[options] <instance> -- <command...>')
    .argument('<instance>', 'id, or a name that only one instance has')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('-u, --user <name>', 'user that runs it on the instance')
    .addHelpText('after', HELP)
    .action(async (instance: string, words: string[], options: ShellOptions, command: Command) => {
      const commandLine = toCommandLine(words);
      context.exitCode = await openShell(context, command, {
        ...options,
        instance,
        commandLine,
        lastLine: 'hand-over',
      });
    });

function toCommandLine(words: readonly string[]): string {
  const commandLine = quoteCommand(words);
  if (commandLine.length <= MAX_COMMAND_LINE_CHARACTERS) return commandLine;
  throw new CliError(
    `the command is ${commandLine.length} characters long with its quotes; at most ${MAX_COMMAND_LINE_CHARACTERS} are possible`,
    { hint: 'Put it into a script on the instance, or feed it: sallyport exec INSTANCE -- sh < script.' },
  );
}
