import { AppError } from '@sallyport/kernel';
import { Command } from 'commander';
import { generateKeyPair } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemAccounts } from '../endpoint/system-accounts.js';
import { machineFacts } from '../identity/machine-facts.js';
import { machineId } from '../identity/machine-id.js';
import type { StateDirectory } from '../identity/state-directory.js';
import { HttpClient } from '../server/http-client.js';
import { register, type Tag } from '../server/register.js';
import { parseServerAddress } from '../server/server-address.js';
import { messageOf } from '../wait.js';
import type { CommandContext } from './context.js';

const RSA_BITS = 2048;
const EXAMPLES = `
Examples:
  $ sallyport-agent register --server https://sallyport.example.com:8443 --ca ca.pem \\
      --activation-id 5b3f… --activation-code 9xQ…
  $ sudo sallyport-agent register --server https://sallyport.example.com --activation-id 5b3f… \\
      --activation-code 9xQ… --name web-1 --tag env=prod --tag tier=web --user deploy

The id and code come from CreateActivation. One state directory is one agent.`;

interface RegisterOptions {
  readonly server: string;
  readonly ca?: string;
  readonly activationId: string;
  readonly activationCode: string;
  readonly name: string;
  readonly tag: readonly Tag[];
  readonly region: string;
  readonly user?: string;
  readonly stateDir: string;
}

/** `register`: makes a key and exchanges an activation for an instance id. */
export const registerCommand = (context: CommandContext): Command =>
  new Command('register')
    .description('register this machine at a server, once')
    .requiredOption('--server <url>', 'where the server is, https://host[:port]')
    .option('--ca <file>', 'PEM of the authority that signed its certificate')
    .requiredOption('--activation-id <id>', 'of CreateActivation')
    .requiredOption('--activation-code <code>', 'of CreateActivation')
    .option('--name <name>', 'name of the instance', '')
    .option('--tag <key=value>', 'tag of the instance, repeatable', collectTag, [])
    .option('--region <id>', 'region of the server', 'local')
    .option('--user <name>', 'who shells run as when the caller names nobody; "root" must be asked for here')
    .option('--state-dir <dir>', 'where identity and key are kept', context.config.stateDir)
    .addHelpText('after', EXAMPLES)
    .action(async (options: RegisterOptions) => await run(options, context));

async function run(options: RegisterOptions, { openState, print, warn }: CommandContext): Promise<void> {
  const state = openState(options.stateDir);
  const { origin, isExposed } = parseServerAddress(options.server);
  if (isExposed) warn(`${origin} is not encrypted: anybody on the way can read and change what is sent`);
  const ca = options.ca === undefined ? undefined : readAuthority(options.ca);
  refuseSecond(state);
  if (options.user !== undefined) await checkUser(options.user);
  state.prepare();
  const { publicKey, privateKey } = await newKeyPair();
  const [http, id] = [new HttpClient(origin, ca), machineId()];
  const instanceId = await register(http, {
    ...machineFacts(),
    activationId: options.activationId,
    activationCode: options.activationCode,
    machineId: id,
    regionId: options.region,
    instanceName: options.name,
    publicKeyPem: publicKey,
    tags: options.tag,
  }).finally(() => http.close());
  const identity = { server: origin, region: options.region, instanceId, machineId: id };
  const { user } = options;
  state.save({
    identity: { ...identity, ...(ca !== undefined && { ca }), ...(user !== undefined && { user }) },
    privateKeyPem: privateKey,
  });
  print(`registered as ${instanceId}`);
}

function refuseSecond(state: StateDirectory): void {
  const identity = state.load()?.identity;
  if (!identity) return;
  throw new AppError(
    'INVALID_ARGUMENT',
    `already registered at ${identity.server} as ${identity.instanceId}; use "sallyport-agent deregister" first`,
  );
}

async function checkUser(name: string): Promise<void> {
  const own = systemAccounts.own();
  if (own.uid !== 0 && name !== own.name)
    throw new AppError('INVALID_ARGUMENT', `only root can run shells as another user than ${own.name}`);
  if (!(await systemAccounts.find(name)))
    throw new AppError('INVALID_ARGUMENT', `there is no user "${name}" on this machine`);
}

async function newKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  return await promisify(generateKeyPair)('rsa', {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function readAuthority(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw new AppError('INVALID_ARGUMENT', `--ca cannot be read: ${messageOf(error)}`, { cause: error });
  }
  throw new AppError('INVALID_ARGUMENT', `--ca ${file} has no certificate in PEM form`);
}

function collectTag(text: string, tags: readonly Tag[]): Tag[] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new AppError('INVALID_ARGUMENT', `--tag ${text} is not of the form key=value`);
  return [...tags, { key, value }];
}
