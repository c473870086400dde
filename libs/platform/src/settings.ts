import { resolve } from 'node:path';
import type { ZodError } from 'zod';
import type { Cidr } from './address.js';
import { ENVIRONMENT, type Environment, type LogLevel, type Role } from './environment.js';
import { environmentConflicts } from './environment-conflicts.js';
import { SettingsError } from './settings-error.js';
import { readTlsPair, type TlsPair } from './tls-pair.js';

/** The settings of a node, read once at its start and never changed after. Times in ms. */
export interface Settings {
  readonly listen: {
    /** An address in canonical form, or a host name. */
    readonly host: string;
    /** 0: any free port. At least one of the two is on. */
    readonly httpPort: number | 'off';
    readonly httpsPort: number | 'off';
  };
  /** The operator's own certificate; absent: the private CA's. */
  readonly tls?: TlsPair | undefined;
  /** `https://host[:port]`; absent: made from the listeners. Always given when `listen.host` is a wildcard. */
  readonly publicUrl?: string | undefined;
  /** Like `publicUrl`, for this node alone: another name in the private CA's certificate. */
  readonly nodeUrl?: string | undefined;
  readonly trustedProxies: readonly Cidr[];
  readonly roles: readonly Role[];
  readonly region: string;
  /** Absolute path. */
  readonly dataDir: string;
  /** 32 bytes; absent: `<dataDir>/master.key`. */
  readonly masterKey?: Uint8Array | undefined;
  readonly rootKey?: { readonly accessKeyId: string; readonly accessKeySecret: string } | undefined;
  readonly database: {
    /** `postgresql://…`; absent: the embedded server. */
    readonly url?: string | undefined;
  };
  /** Defaults of every account. */
  readonly limits: {
    readonly sessionsPerRegion: number;
    readonly sessionsPerInstance: number;
    /** Each session and direction, 16 to 1,000,000,000; 1 kbit = 1,024 bit of payload. */
    readonly bandwidthKbit: number;
  };
  readonly session: {
    readonly urlTtlMs: number;
    readonly idleTimeoutMs: number;
    readonly maxMs: number;
    /** 0: nothing comes back. */
    readonly resumeMs: number;
  };
  readonly logLevel: LogLevel;
}

/** Read by the CLI; a shell that has them set may start the server too. */
const OTHER_PROGRAMS = [
  'SALLYPORT_ENDPOINT',
  'SALLYPORT_ACCESS_KEY_ID',
  'SALLYPORT_ACCESS_KEY_SECRET',
  'SALLYPORT_SECURITY_TOKEN',
  'SALLYPORT_CA',
];

/**
 * Reads the settings of a node from its environment and the files that it names.
 * @throws SettingsError naming every variable that is unknown, malformed, contradicts another or names an unusable file
 */
export function loadSettings(environment: NodeJS.ProcessEnv): Settings {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const parsed = ENVIRONMENT.safeParse(env);
  const problems = [
    ...unknownNames(env).map((name) => `${name}: no such setting`),
    ...(parsed.success ? environmentConflicts(parsed.data) : malformed(parsed.error)),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return deepFreeze(toSettings(parsed.data));
}

const malformed = ({ issues }: ZodError): string[] =>
  issues.map(({ path, message }) => `${String(path[0])}: ${message}`);

const unknownNames = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(env).filter(
    (name) =>
      name.startsWith('SALLYPORT_') &&
      !Object.hasOwn(ENVIRONMENT.shape, name) &&
      !OTHER_PROGRAMS.includes(name),
  );

function toSettings(env: Environment): Settings {
  return {
    listen: {
      host: env.SALLYPORT_HOST,
      httpPort: env.SALLYPORT_HTTP_PORT,
      httpsPort: env.SALLYPORT_HTTPS_PORT,
    },
    tls: readTlsPair(env.SALLYPORT_TLS_CERT, env.SALLYPORT_TLS_KEY),
    publicUrl: env.SALLYPORT_PUBLIC_URL,
    nodeUrl: env.SALLYPORT_NODE_URL,
    trustedProxies: env.SALLYPORT_TRUSTED_PROXIES ?? [],
    roles: env.SALLYPORT_ROLES,
    region: env.SALLYPORT_REGION,
    dataDir: resolve(env.SALLYPORT_DATA_DIR),
    masterKey: env.SALLYPORT_MASTER_KEY,
    rootKey: rootKey(env),
    database: { url: env.DATABASE_URL },
    limits: {
      sessionsPerRegion: env.SALLYPORT_LIMIT_SESSIONS_PER_REGION,
      sessionsPerInstance: env.SALLYPORT_LIMIT_SESSIONS_PER_INSTANCE,
      bandwidthKbit: env.SALLYPORT_LIMIT_BANDWIDTH_KBIT,
    },
    session: {
      urlTtlMs: env.SALLYPORT_SESSION_URL_TTL_S,
      idleTimeoutMs: env.SALLYPORT_SESSION_IDLE_TIMEOUT_S,
      maxMs: env.SALLYPORT_SESSION_MAX_S,
      resumeMs: env.SALLYPORT_SESSION_RESUME_S,
    },
    logLevel: env.SALLYPORT_LOG_LEVEL,
  };
}

function rootKey(env: Environment): Settings['rootKey'] {
  const accessKeyId = env.SALLYPORT_ROOT_ACCESS_KEY_ID;
  const accessKeySecret = env.SALLYPORT_ROOT_ACCESS_KEY_SECRET;
  return accessKeyId === undefined || accessKeySecret === undefined
    ? undefined
    : { accessKeyId, accessKeySecret };
}

function deepFreeze<T>(value: T): T {
  // A view on bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
