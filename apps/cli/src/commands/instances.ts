import { Command } from 'commander';
import { listInstances, type Instance } from '../api/instances.js';
import { withCaller, type CliContext, type GlobalOptions } from '../context.js';
import { formatRows, type Column } from '../output.js';

const COLUMNS: readonly Column<Instance>[] = [
  { heading: 'INSTANCE', value: (row) => row.instanceId },
  { heading: 'NAME', value: (row) => row.name },
  { heading: 'STATE', value: (row) => (row.isOnline ? 'online' : 'offline') },
  { heading: 'ADDRESS', value: (row) => row.address },
  { heading: 'OS', value: (row) => row.osType },
  { heading: 'AGENT', value: (row) => row.agentVersion },
];

const HELP = `
Examples:
  sallyport instances
  sallyport instances --output json`;

/** `instances`: what there is, and whether it is online. */
export const instancesCommand = (context: CliContext): Command =>
  new Command('instances')
    .description('list instances and whether they are online')
    .addHelpText('after', HELP)
    .action(async (_options: object, command: Command) => {
      const { output } = command.optsWithGlobals<GlobalOptions>();
      const rows = await withCaller(context, command, 'Listing instances', ({ client }) =>
        listInstances(client),
      );
      context.io.stdout.write(formatRows(output, rows, COLUMNS));
    });
