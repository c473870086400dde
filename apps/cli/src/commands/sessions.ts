import { Command } from 'commander';
import { findInstanceId } from '../api/instances.js';
import { listSessions, type SessionRow } from '../api/sessions.js';
import { withCaller, type CliContext, type GlobalOptions } from '../context.js';
import { formatRows, type Column } from '../output.js';

const COLUMNS: readonly Column<SessionRow>[] = [
  { heading: 'SESSION', value: (row) => row.sessionId },
  { heading: 'INSTANCE', value: (row) => row.instanceId },
  { heading: 'STATUS', value: (row) => row.status },
  { heading: 'USER', value: (row) => row.username },
  { heading: 'TARGET', value: (row) => row.target },
  { heading: 'FROM', value: (row) => row.clientIp },
  { heading: 'CREATED', value: (row) => row.creationTime },
  { heading: 'ENDED', value: (row) => row.endTime },
  { heading: 'REASON', value: (row) => row.closedReason },
];
const LIVE_COLUMNS = COLUMNS.filter(({ heading }) => heading !== 'ENDED' && heading !== 'REASON');

const HELP = `
Examples:
  sallyport sessions
  sallyport sessions --all --instance web-1 --output json`;

interface SessionsOptions extends GlobalOptions {
  readonly instance?: string;
  readonly all?: true;
}

/** `sessions`: the live ones, or with `--all` also the ended. */
export const sessionsCommand = (context: CliContext): Command =>
  new Command('sessions')
    .description('list live sessions')
    .option('-i, --instance <instance>', 'only those of this instance (id or unique name)')
    .option('-a, --all', 'ended ones too, with their reasons')
    .addHelpText('after', HELP)
    .action(async (_options: object, command: Command) => {
      const { output, instance, all: withEnded = false } = command.optsWithGlobals<SessionsOptions>();
      const rows = await withCaller(context, command, 'Listing sessions', async ({ client }) => {
        const instanceId = instance === undefined ? undefined : await findInstanceId(client, instance);
        return listSessions(client, { instanceId, withEnded });
      });
      context.io.stdout.write(formatRows(output, rows, withEnded ? COLUMNS : LIVE_COLUMNS));
    });
