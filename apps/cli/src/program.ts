import { Command, CommanderError, Option } from 'commander';
import { CliError } from './cli-error.js';
import { completionCommand } from './commands/completion.js';
import { configureCommand } from './commands/configure.js';
import { endCommand } from './commands/end.js';
import { execCommand } from './commands/exec.js';
import { instancesCommand } from './commands/instances.js';
import { sessionCommand } from './commands/session.js';
import { sessionsCommand } from './commands/sessions.js';
import type { CliContext } from './context.js';
import { EXIT_FAILURE } from './exit-codes.js';

const HELP = `
Examples:
  sallyport configure
  sallyport instances
  sallyport session web-1
  sallyport exec web-1 -- uptime

Environment: SALLYPORT_ENDPOINT, SALLYPORT_ACCESS_KEY_ID, SALLYPORT_ACCESS_KEY_SECRET,
SALLYPORT_SECURITY_TOKEN, SALLYPORT_CA, SALLYPORT_REGION.`;

/** The command line as a whole; each command writes its status into `context.exitCode`. */
function buildProgram(context: CliContext): Command {
  const program = new Command('sallyport')
    .description('shells on machines that only dial out')
    .option('--endpoint <url>', 'address of the server')
    .option('--ca <file>', 'PEM file of the authority to trust for https')
    .option('--profile <name>', 'profile of `sallyport configure` to use')
    .addOption(
      new Option('--output <format>', 'how lists are printed').choices(['table', 'json']).default('table'),
    )
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help tells more)');
  const commands = [
    configureCommand,
    instancesCommand,
    sessionCommand,
    execCommand,
    sessionsCommand,
    endCommand,
  ];
  for (const command of commands) program.addCommand(command(context));
  program.addCommand(completionCommand(context, program));
  for (const command of [program, ...program.commands.flatMap((child) => [child, ...child.commands])])
    useStreams(command, context);
  return program;
}

function useStreams(command: Command, { io }: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
  });
}

/**
 * Runs one command line and leaves its status in `context.exitCode`; failures are printed, not thrown.
 * @param words  without node and script
 */
export async function runProgram(context: CliContext, words: readonly string[]): Promise<void> {
  try {
    await buildProgram(context).parseAsync(words, { from: 'user' });
  } catch (error) {
    // Commander has printed its own; help and version are its errors too, with status 0.
    if (error instanceof CommanderError) context.exitCode = error.exitCode === 0 ? 0 : EXIT_FAILURE;
    else fail(context, error);
  }
}

function fail(context: CliContext, error: unknown): void {
  const { message, hint } = error instanceof CliError ? error : { message: String(error), hint: undefined };
  context.io.stderr.write(`sallyport: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  context.exitCode = EXIT_FAILURE;
}
