import type { AccessKey } from '@sallyport/openapi';
import { readFile } from 'node:fs/promises';
import { CliError } from '../cli-error.js';
import type { Environment } from '../config.js';
import { readAliyunProfile } from './aliyun-profile.js';
import { readProfiles, type Profile } from './profiles.js';

/** What the command line may say about the connection. */
export interface ConnectionFlags {
  readonly endpoint?: string;
  /** Path of a PEM file. */
  readonly ca?: string;
  readonly profile?: string;
}

/** Everything needed to call a server. */
export interface ConnectionSettings {
  /** `http:` or `https:`. */
  readonly endpoint: URL;
  readonly accessKey: AccessKey;
  readonly regionId: string;
  /** PEM text of the only authority that is trusted; undefined: the system's. */
  readonly ca?: string;
}

interface Layer {
  readonly endpoint?: string | undefined;
  readonly ca?: string | undefined;
  readonly region?: string | undefined;
  readonly accessKey?: AccessKey | undefined;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8080';
const DEFAULT_REGION = 'local';

/**
 * Decides where to call and as whom: flags, then a profile that was named, then the environment, then the current profile,
 * then (with no profile of our own) the `aliyun` command line's. The parts of an access key always come from one place.
 * @throws CliError when no access key is found, or something given is unusable
 */
export async function resolveConnection(
  flags: ConnectionFlags,
  environment: Environment,
): Promise<ConnectionSettings> {
  const layers = await collectLayers(flags, environment);
  const accessKey = first(layers, 'accessKey');
  if (accessKey === undefined) throw noAccessKey();
  const endpoint = first(layers, 'endpoint') ?? DEFAULT_ENDPOINT;
  // Authority and region are those of a server: a profile of another one has nothing to say about them.
  const ofServer = layers.filter((layer) => (layer.endpoint ?? endpoint) === endpoint);
  const ca = first(ofServer, 'ca');
  return {
    endpoint: parseEndpoint(endpoint),
    accessKey,
    regionId: first(ofServer, 'region') ?? DEFAULT_REGION,
    ...(ca === undefined ? {} : { ca: await readCa(ca) }),
  };
}

const first = <K extends keyof Layer>(layers: readonly Layer[], name: K): Layer[K] =>
  layers.find((layer) => layer[name] !== undefined)?.[name];

async function collectLayers(flags: ConnectionFlags, environment: Environment): Promise<Layer[]> {
  const given: Layer = { endpoint: flags.endpoint, ca: flags.ca };
  const fromEnvironment = environmentLayer(environment);
  const profile = await profileLayer(environment.homeDir, flags.profile);
  return flags.profile === undefined ? [given, fromEnvironment, profile] : [given, profile, fromEnvironment];
}

function environmentLayer({
  endpoint,
  ca,
  region,
  accessKeyId,
  accessKeySecret,
  securityToken,
}: Environment): Layer {
  const rest = { endpoint, ca, region };
  if (accessKeyId === undefined && accessKeySecret === undefined) return rest;
  if (accessKeyId === undefined || accessKeySecret === undefined)
    throw new CliError(
      'half an access key: SALLYPORT_ACCESS_KEY_ID and SALLYPORT_ACCESS_KEY_SECRET belong together',
    );
  return { ...rest, accessKey: { accessKeyId, accessKeySecret, securityToken } };
}

async function profileLayer(homeDir: string, name: string | undefined): Promise<Layer> {
  const { current, profiles } = await readProfiles(homeDir);
  const names = Object.keys(profiles);
  const found = profiles[name ?? current];
  if (found !== undefined) return layerOf(found);
  const borrowed = names.length === 0 ? await readAliyunProfile(homeDir, name) : undefined;
  if (borrowed !== undefined) return borrowed;
  if (name === undefined) return {};
  throw new CliError(`there is no profile ${name}`, {
    hint: names.length === 0 ? '`sallyport configure` makes one.' : `There are: ${names.join(', ')}.`,
  });
}

const layerOf = ({ endpoint, ca, region, accessKeyId, accessKeySecret, securityToken }: Profile): Layer => ({
  endpoint,
  ca,
  region,
  accessKey: { accessKeyId, accessKeySecret, securityToken },
});

/** @throws CliError when `text` is no http or https URL */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new CliError(`the endpoint ${text} is not a URL`, { hint: `It looks like ${DEFAULT_ENDPOINT}.` });
}

/** Whether what is sent to `endpoint` can be read on the way. Loopback has no way to read it on. */
export function isExposed(endpoint: URL): boolean {
  const { protocol, hostname } = endpoint;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CliError(`the CA file ${path} cannot be read`, {
      hint: 'It is the PEM file given by --ca, SALLYPORT_CA or the profile.',
      cause,
    });
  }
}

const noAccessKey = (): CliError =>
  new CliError('there is no access key to sign with', {
    hint: 'Run `sallyport configure`, or set SALLYPORT_ACCESS_KEY_ID and SALLYPORT_ACCESS_KEY_SECRET.',
  });
