/** Stands where a secret stood. */
const REDACTED = '[redacted]';

/** Names whose values are never written, in any spelling: case does not count, `-` may be `_` or absent. */
const SECRET_NAMES = [
  'token',
  'ticket',
  'security-token',
  'x-acs-security-token',
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'signature',
  'access-key-secret',
  'secret-access-key',
  'secret',
  'password',
  'console-password',
  'passphrase',
  'activation-code',
  'master-key',
  'private-key',
  'peer-secret',
  // What is typed and shown in a session.
  'payload',
  'keystrokes',
  'input',
  'output',
  'command-line',
  'command',
];

const folded = (name: string): string => name.toLowerCase().replace(/[-_]/g, '');
const secretNames = new Set(SECRET_NAMES.map(folded));
const isSecretName = (name: string): boolean => secretNames.has(folded(name));

const anySpelling = SECRET_NAMES.map((name) => name.replaceAll('-', '[-_]?')).join('|');
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // token=…, in URLs, forms and Authorization headers.
  [new RegExp(`\\b(${anySpelling})=[^&\\s"'\\\\,;<>]+`, 'gi'), `$1=${REDACTED}`],
  // "token":"…", and the same where a message quotes it once more.
  [new RegExp(`("(?:${anySpelling})"\\s*:\\s*")(?:\\\\.|[^"\\\\])*`, 'gi'), `$1${REDACTED}`],
  [new RegExp(`(\\\\+"(?:${anySpelling})\\\\+"\\s*:\\s*\\\\+")[^"\\\\]*`, 'gi'), `$1${REDACTED}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  // A signed token (JWS) by itself: tickets, bearer tokens.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  // Password of a connection string.
  [/(\b[a-z][a-z+]*:\/\/[^\s:@/"']*:)[^\s@/"']+(?=@)/gi, `$1${REDACTED}`],
];

/** Text without what looks like a secret in it; everything else unchanged. */
export const redactText = (text: string): string =>
  PATTERNS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);

/** A URL, or a request target, whose secret parameters are blanked; names are compared as a server would decode them. */
export function redactUrl(url: string): string {
  const [path = '', ...query] = url.split('?');
  if (query.length === 0) return redactText(url);
  return redactText(`${path}?${query.join('?').split('&').map(redactParameter).join('&')}`);
}

function redactParameter(parameter: string): string {
  const [name = ''] = parameter.split('=');
  return isSecretName(decoded(name)) ? `${name}=${REDACTED}` : parameter;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Deeper, or more, than this is not written: a log line is no dump. */
const MAX_DEPTH = 8;
const MAX_MEMBERS = 200;

/**
 * A copy of `value` to be logged: members with a secret name blanked at any depth, bytes replaced by their number, errors
 * opened up, texts cleaned by {@link redactText}. Cycles and depths beyond 8 are cut.
 */
export function redactValue(value: unknown): unknown {
  return redact(value, new Set());
}

function redact(value: unknown, parents: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value;
  if (parents.has(value) || parents.size >= MAX_DEPTH) return '[cut]';
  parents.add(value);
  const clean = Array.isArray(value)
    ? value.slice(0, MAX_MEMBERS).map((item) => redact(item, parents))
    : redactMembers(membersOf(value), parents);
  parents.delete(value);
  return clean;
}

const redactMembers = (members: Iterable<readonly [string, unknown]>, parents: Set<object>): object =>
  Object.fromEntries(
    [...members]
      .slice(0, MAX_MEMBERS)
      .map(([name, item]) => [name, isSecretName(name) ? REDACTED : redact(item, parents)]),
  );

function membersOf(value: object): Iterable<readonly [string, unknown]> {
  if (value instanceof Map) return [...value].map(([name, item]) => [String(name), item]);
  if (value instanceof Set) return [...value].map((item, index) => [String(index), item]);
  if (value instanceof URL) return [['href', value.href]];
  if (!(value instanceof Error)) return Object.entries(value);
  // These four are not enumerable.
  const { name, message, stack, cause } = value;
  return Object.entries({ ...Object.fromEntries(Object.entries(value)), type: name, message, stack, cause });
}
