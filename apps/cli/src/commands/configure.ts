import { Argument, Command } from 'commander';
import { CliError } from '../cli-error.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { formatJson, formatRows, type Column } from '../output.js';
import { parseEndpoint } from '../settings/connection-settings.js';
import { askProfile, type ProfileDraft } from '../settings/profile-prompts.js';
import {
  profilePath,
  readProfiles,
  writeProfiles,
  type Profile,
  type ProfileFile,
} from '../settings/profiles.js';
import { resolve } from 'node:path';

const HELP = `
Profiles are kept in ~/.sallyport/config.json, readable by you only; the one configured last is the current one.
Without any, the current profile of the aliyun command line (~/.aliyun/config.json) is used.

Examples:
  sallyport configure
  sallyport configure --profile lab --endpoint https://door.example:8443 --ca ca.pem \\
    --access-key-id LTAI... --access-key-secret ...
  sallyport configure list
  sallyport configure delete lab`;

interface ConfigureOptions extends GlobalOptions {
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  readonly region?: string;
}

interface ProfileRow {
  readonly name: string;
  readonly isCurrent: boolean;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly region: string | undefined;
}

const COLUMNS: readonly Column<ProfileRow>[] = [
  { heading: 'PROFILE', value: (row) => row.name },
  { heading: 'CURRENT', value: (row) => (row.isCurrent ? 'yes' : 'no') },
  { heading: 'ENDPOINT', value: (row) => row.endpoint },
  { heading: 'ACCESS KEY', value: (row) => row.accessKeyId },
  { heading: 'REGION', value: (row) => row.region },
];

/** `configure`: makes or changes a profile; `list`, `get` and `delete` look after them. */
export const configureCommand = (context: CliContext): Command =>
  new Command('configure')
    .description('store where the server is and your access key')
    .option('--access-key-id <id>', 'access key id')
    .option('--access-key-secret <secret>', 'access key secret; asked for on a terminal when absent')
    .option('--security-token <token>', 'token of a temporary key')
    .option('--region <id>', 'region of the deployment, when it is not local')
    .addHelpText('after', HELP)
    .action((_options: object, command: Command) =>
      configure(context, command.optsWithGlobals<ConfigureOptions>()),
    )
    .addCommand(listCommand(context))
    .addCommand(getCommand(context))
    .addCommand(deleteCommand(context));

async function configure(context: CliContext, options: ConfigureOptions): Promise<void> {
  const { homeDir } = context.environment;
  const file = await readProfiles(homeDir);
  const name = options.profile ?? file.current;
  const draft = { ...file.profiles[name], ...given(options) };
  const profile =
    context.io.stdin.isTTY === true ? await askProfile(context.io, draft, given(options)) : complete(draft);
  parseEndpoint(profile.endpoint);
  await writeProfiles(homeDir, { current: name, profiles: { ...file.profiles, [name]: profile } });
  context.io.stderr.write(`profile ${name} is stored in ${profilePath(homeDir)}\n`);
}

function given(options: ConfigureOptions): ProfileDraft {
  const { endpoint, accessKeyId, accessKeySecret, securityToken, ca, region } = options;
  const values = {
    endpoint,
    accessKeyId,
    accessKeySecret,
    securityToken,
    region,
    ca: ca === undefined ? ca : resolve(ca),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** @throws CliError naming the options that are missing */
function complete(draft: ProfileDraft): Profile {
  const { endpoint, accessKeyId, accessKeySecret } = draft;
  if (endpoint !== undefined && accessKeyId !== undefined && accessKeySecret !== undefined)
    return { ...draft, endpoint, accessKeyId, accessKeySecret };
  const needed = {
    '--endpoint': endpoint,
    '--access-key-id': accessKeyId,
    '--access-key-secret': accessKeySecret,
  };
  const missing = Object.entries(needed).flatMap(([option, value]) => (value === undefined ? [option] : []));
  throw new CliError(`${missing.join(', ')} must be given where there is no terminal to ask on`);
}

const listCommand = (context: CliContext): Command =>
  new Command('list').description('list profiles').action(async (_options: object, command: Command) => {
    const file = await readProfiles(context.environment.homeDir);
    const rows = Object.keys(file.profiles).map((name) => rowOf(file, name));
    context.io.stdout.write(formatRows(command.optsWithGlobals<GlobalOptions>().output, rows, COLUMNS));
  });

const getCommand = (context: CliContext): Command =>
  new Command('get')
    .description('show a profile, without its secrets')
    .addArgument(new Argument('[name]', 'the current one when absent'))
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const file = await readProfiles(context.environment.homeDir);
      const wanted = name ?? command.optsWithGlobals<GlobalOptions>().profile ?? file.current;
      const { accessKeySecret: _secret, securityToken: _token, ...shown } = find(file, wanted);
      context.io.stdout.write(formatJson({ name: wanted, ...shown }));
    });

const deleteCommand = (context: CliContext): Command =>
  new Command('delete')
    .description('delete a profile')
    .addArgument(new Argument('<name>'))
    .action(async (name: string) => {
      const { homeDir } = context.environment;
      const file = await readProfiles(homeDir);
      find(file, name);
      const { [name]: _deleted, ...profiles } = file.profiles;
      const current = file.current === name ? (Object.keys(profiles)[0] ?? 'default') : file.current;
      await writeProfiles(homeDir, { current, profiles });
    });

function find(file: ProfileFile, name: string): Profile {
  const profile = file.profiles[name];
  if (profile !== undefined) return profile;
  throw new CliError(`there is no profile ${name}`, { hint: '`sallyport configure list` lists them.' });
}

function rowOf(file: ProfileFile, name: string): ProfileRow {
  const { endpoint, accessKeyId, region } = find(file, name);
  return { name, isCurrent: file.current === name, endpoint, accessKeyId, region };
}
