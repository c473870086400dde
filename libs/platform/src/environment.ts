import { isIP } from 'node:net';
import { z } from 'zod';
import { canonicalAddress, parseCidr, type Cidr } from './address.js';

/** Length of the key that seals secrets at rest. */
export const MASTER_KEY_BYTES = 32;
/** Node's timers hold 24.8 days; a week is the longest anyone should wait for. */
const WEEK_S = 604_800;

/** `read` turns a variable's text into its value, or undefined when it cannot; `expected` is what the problem line says. */
const variable = <T>(read: (text: string) => T | undefined, expected: string) =>
  z.string().transform((text, context): T => {
    const value = read(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });

const given = (text: string, pattern: RegExp): string | undefined => (pattern.test(text) ? text : undefined);

const text = (pattern: RegExp, expected: string) => variable((value) => given(value, pattern), expected);

const integerIn = (value: string, min: number, max: number): number | undefined =>
  /^\d{1,12}$/.test(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined;

const integer = (min: number, max: number, unit: string) =>
  variable((value) => integerIn(value, min, max), `a whole number of ${unit} from ${min} to ${max}`);

const milliseconds = (minS: number, maxS: number) =>
  integer(minS, maxS, 'seconds').transform((seconds) => seconds * 1000);

const port = variable(
  (value): number | 'off' | undefined => (value === 'off' ? value : integerIn(value, 0, 65_535)),
  'a port from 0 (any free one) to 65535, or off',
);

const host = variable(
  (value) =>
    isIP(value)
      ? canonicalAddress(value)
      : given(value, /^(?=.*[a-z])[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i),
  'an IP address or a host name',
);

/** Scheme, host and port; without the trailing slash. Stock agents know no path before theirs, so none is allowed. */
const origin = variable((value): string | undefined => {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.href === `${url.origin}/` ? url.origin : undefined;
}, 'http:// or https:// with a host and a port at most');

const cidrs = variable((value): readonly Cidr[] | undefined => {
  const blocks = value.split(',').map((block) => parseCidr(block.trim()));
  return blocks.every((block) => block !== undefined) ? blocks : undefined;
}, 'addresses or CIDR blocks separated by commas');

/** What a process serves: the APIs of clients and agents, or the data path. */
export type Role = 'api' | 'relay';
const ROLES: readonly Role[] = ['api', 'relay'];

const roles = variable((value): readonly Role[] | undefined => {
  const names = value.split(',').map((name) => name.trim());
  if (!names.every((name) => (ROLES as readonly string[]).includes(name))) return undefined;
  return ROLES.filter((role) => names.includes(role));
}, 'api, relay, or both separated by a comma');

/** @returns undefined when `value` is not exactly 32 bytes in base64 */
export function readMasterKey(value: string): Uint8Array | undefined {
  const key = Buffer.from(value, 'base64');
  // Decoding skips what is not base64; writing it again shows whether anything was skipped.
  return key.length === MASTER_KEY_BYTES && key.toString('base64') === value ? key : undefined;
}
const masterKey = variable(readMasterKey, `${MASTER_KEY_BYTES} bytes in base64`);

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** Least severe level that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];
const logLevel = variable(
  (value) => LOG_LEVELS.find((level) => level === value),
  `one of ${LOG_LEVELS.join(', ')}`,
);

/** The server's variables. A name that is absent, or empty, has its default. */
export const ENVIRONMENT = z.object({
  SALLYPORT_HOST: host.prefault('127.0.0.1'),
  SALLYPORT_HTTP_PORT: port.prefault('8080'),
  SALLYPORT_HTTPS_PORT: port.prefault('8443'),
  SALLYPORT_TLS_CERT: z.string().optional(),
  SALLYPORT_TLS_KEY: z.string().optional(),
  SALLYPORT_PUBLIC_URL: origin.optional(),
  SALLYPORT_NODE_URL: origin.optional(),
  SALLYPORT_PEER_URL: z.string().optional(),
  SALLYPORT_PEER_SECRET: z.string().optional(),
  SALLYPORT_TRUSTED_PROXIES: cidrs.optional(),
  SALLYPORT_ROLES: roles.prefault('api,relay'),
  SALLYPORT_REGION: text(
    /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/,
    'up to 64 lower-case letters, digits and hyphens',
  ).prefault('local'),
  SALLYPORT_DATA_DIR: z.string().prefault('.sallyport'),
  SALLYPORT_MASTER_KEY: masterKey.optional(),
  SALLYPORT_ROOT_ACCESS_KEY_ID: text(
    /^[A-Za-z0-9._-]{8,128}$/,
    '8 to 128 letters, digits, . _ or -',
  ).optional(),
  SALLYPORT_ROOT_ACCESS_KEY_SECRET: text(/^[!-~]{8,128}$/, '8 to 128 printable ASCII characters').optional(),
  DATABASE_URL: text(/^postgres(ql)?:\/\/./, 'postgresql://…').optional(),
  REDIS_URL: z.string().optional(),
  SALLYPORT_LIMIT_SESSIONS_PER_REGION: integer(1, 1_000_000, 'sessions').prefault('1000'),
  SALLYPORT_LIMIT_SESSIONS_PER_INSTANCE: integer(1, 10_000, 'sessions').prefault('20'),
  SALLYPORT_LIMIT_BANDWIDTH_KBIT: integer(16, 1_000_000_000, 'kbit/s').prefault('200'),
  SALLYPORT_SESSION_URL_TTL_S: milliseconds(1, 86_400).prefault('600'),
  SALLYPORT_SESSION_IDLE_TIMEOUT_S: milliseconds(1, WEEK_S).prefault('180'),
  SALLYPORT_SESSION_MAX_S: milliseconds(1, WEEK_S).prefault('43200'),
  SALLYPORT_SESSION_RESUME_S: milliseconds(0, 86_400).prefault('300'),
  SALLYPORT_LOG_LEVEL: logLevel.prefault('info'),
  SALLYPORT_OTLP_URL: z.string().optional(),
});

/** The variables, each read by itself; what they mean together, `environment-conflicts.ts` decides. */
export type Environment = z.output<typeof ENVIRONMENT>;
