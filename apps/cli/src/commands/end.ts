import { Command } from 'commander';
import { withCaller, type CliContext, type GlobalOptions } from '../context.js';
import { formatJson } from '../output.js';

const HELP = `
Example:
  sallyport end s-0c9d5f2kq81mz4x7`;

/** `end <session>`: ends it for good, for both sides. */
export const endCommand = (context: CliContext): Command =>
  new Command('end')
    .description('end a session for good')
    .argument('<session>', 'id, as `sallyport sessions` lists it')
    .addHelpText('after', HELP)
    .action(async (sessionId: string, _options: object, command: Command) => {
      const { output } = command.optsWithGlobals<GlobalOptions>();
      await withCaller(context, command, `Ending ${sessionId}`, ({ client }) =>
        client.call('EndTerminalSession', { SessionId: sessionId }),
      );
      context.io.stdout.write(output === 'json' ? formatJson({ sessionId }) : `ended ${sessionId}\n`);
    });
