import type { Environment } from './environment.js';

/** What the variables, each well formed, cannot mean together: one line per problem, no values. */
export const environmentConflicts = (env: Environment): string[] => [
  ...listenerConflicts(env),
  ...missingHalves(env),
  ...notYet(env),
];

function* listenerConflicts(env: Environment): Generator<string> {
  if (env.SALLYPORT_HTTP_PORT === 'off' && env.SALLYPORT_HTTPS_PORT === 'off')
    yield 'SALLYPORT_HTTP_PORT, SALLYPORT_HTTPS_PORT: both are off, so nothing would listen';
  const ports = new Set([env.SALLYPORT_HTTP_PORT, env.SALLYPORT_HTTPS_PORT]);
  if (ports.size === 1 && !ports.has(0) && !ports.has('off'))
    yield 'SALLYPORT_HTTPS_PORT: is the same as SALLYPORT_HTTP_PORT';
  if (isWildcard(env.SALLYPORT_HOST) && env.SALLYPORT_PUBLIC_URL === undefined)
    yield 'SALLYPORT_PUBLIC_URL: needed when SALLYPORT_HOST is a wildcard, to know which address clients and agents can reach';
}

/** @param host canonical, so each family has one spelling */
const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** Settings that mean something only in pairs. */
const PAIRS = [
  ['SALLYPORT_TLS_CERT', 'SALLYPORT_TLS_KEY'],
  ['SALLYPORT_ROOT_ACCESS_KEY_ID', 'SALLYPORT_ROOT_ACCESS_KEY_SECRET'],
] as const;

function* missingHalves(env: Environment): Generator<string> {
  for (const [first, second] of PAIRS) {
    if (env[first] !== undefined && env[second] === undefined) yield `${second}: needed with ${first}`;
    if (env[first] === undefined && env[second] !== undefined) yield `${first}: needed with ${second}`;
  }
}

/** What the contract has and this release does not: refused, because a setting that is silently ignored is worse. */
function* notYet(env: Environment): Generator<string> {
  for (const name of ['REDIS_URL', 'SALLYPORT_PEER_URL', 'SALLYPORT_PEER_SECRET'] as const)
    if (env[name] !== undefined) yield `${name}: more than one node is not supported yet`;
  if (env.SALLYPORT_ROLES.length < 2)
    yield 'SALLYPORT_ROLES: more than one node is not supported yet, so this one needs both roles';
  if (env.SALLYPORT_OTLP_URL !== undefined) yield 'SALLYPORT_OTLP_URL: tracing is not supported yet';
}
