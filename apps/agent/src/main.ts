import { Command, CommanderError } from 'commander';
import { readConfig } from './config.js';
import type { CommandContext } from './commands/context.js';
import { deregisterCommand } from './commands/deregister.js';
import { registerCommand } from './commands/register.js';
import { runCommand } from './commands/run.js';
import { statusCommand } from './commands/status.js';
import { StateDirectory } from './identity/state-directory.js';
import { PACKAGE_VERSION } from './version.js';
import { messageOf } from './wait.js';

const EXAMPLES = `
Examples:
  $ sallyport-agent register --server https://host:8443 --ca ca.pem --activation-id ID --activation-code CODE
  $ sallyport-agent run`;

function program(context: CommandContext): Command {
  const root = new Command('sallyport-agent')
    .description(
      'Lets authorised people reach this machine through a Sallyport server; it only ever dials out.',
    )
    .version(PACKAGE_VERSION)
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  for (const make of [registerCommand, runCommand, statusCommand, deregisterCommand])
    root.addCommand(make(context).copyInheritedSettings(root));
  return root;
}

try {
  const context: CommandContext = {
    config: readConfig(),
    openState: (path) => new StateDirectory(path),
    print: (line) => void process.stdout.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`warning: ${line}\n`),
  };
  await program(context).parseAsync();
} catch (error) {
  // Commander has printed its own line already.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    process.stderr.write(`sallyport-agent: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
// Closing handshakes that nobody answers would hold an agent that is done. What was printed has been written: on Linux both
// streams are synchronous.
process.exit();
