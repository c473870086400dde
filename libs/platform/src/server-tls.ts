import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { writeSecretFile } from './data-dir.js';
import { SettingsError, systemErrorCode } from './settings-error.js';
import type { Settings } from './settings.js';
import type { TlsPair } from './tls-pair.js';

/** A start with less life left than this makes a new certificate; the CA, and so what clients trust, stays. */
const RENEW_BEFORE_MS = 200 * 86_400_000;

/** What the TLS listener shows. */
export interface ServerTls extends TlsPair {
  /** The private CA's certificate, for clients and agents to trust; absent with the operator's own certificate. */
  readonly caPath?: string | undefined;
}

/**
 * The operator's certificate, or one of a private CA under `<dataDir>/tls/`, made at the first start and renewed when it
 * nears its end or no longer covers the names that the settings give this node.
 * @param nowMs milliseconds since the Unix epoch
 * @throws SettingsError when the CA's certificate is there without its key: a new CA would cut off who trusts the old one
 */
export async function loadServerTls(
  settings: Pick<Settings, 'tls' | 'dataDir' | 'listen' | 'publicUrl' | 'nodeUrl'>,
  nowMs: number,
): Promise<ServerTls> {
  if (settings.tls) return settings.tls;
  const directory = join(settings.dataDir, 'tls');
  const names = namesOf(settings);
  const caPath = join(directory, 'ca.pem');
  const [ca, server] = await Promise.all([readPair(directory, 'ca'), readPair(directory, 'server')]);
  if (isPair(server) && isUsable(server, ca.cert, names, nowMs)) return { ...server, caPath };
  // Some 15 MiB of code, of use at one start in hundreds.
  const { issueServerPair, makePrivateCa } = await import('./private-ca.js');
  const authority = keptAuthority(ca) ?? (await makePrivateCa(nowMs));
  if (ca.cert === undefined) await writePair(directory, 'ca', authority);
  const issued = await issueServerPair(authority, names, nowMs);
  await writePair(directory, 'server', issued);
  return { ...issued, caPath };
}

/** Names and addresses under which this node is dialled. */
function namesOf({
  listen,
  publicUrl,
  nodeUrl,
}: Pick<Settings, 'listen' | 'publicUrl' | 'nodeUrl'>): string[] {
  const hosts = [publicUrl, nodeUrl].flatMap((url) => (url === undefined ? [] : [new URL(url).hostname]));
  const names = ['localhost', '127.0.0.1', '::1', listen.host, ...hosts];
  const isWildcard = (name: string) => name === '0.0.0.0' || name === '::';
  return [...new Set(names.map((name) => name.replace(/^\[|\]$/g, '')))].filter((name) => !isWildcard(name));
}

/** Half a pair is what a crash between two writes leaves. */
interface StoredPair {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

async function readPair(directory: string, name: string): Promise<StoredPair> {
  const [cert, key] = await Promise.all(
    ['pem', 'key'].map((suffix) => readIfThere(join(directory, `${name}.${suffix}`))),
  );
  return { cert, key };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw new SettingsError(
      [`SALLYPORT_DATA_DIR: a file in tls/ cannot be read (${systemErrorCode(cause)})`],
      { cause },
    );
  }
}

/** The key first: a certificate without its key is the state that nobody can repair. */
async function writePair(directory: string, name: string, { cert, key }: TlsPair): Promise<void> {
  await writeSecretFile(join(directory, `${name}.key`), key);
  await writeSecretFile(join(directory, `${name}.pem`), cert);
}

const isPair = (stored: StoredPair): stored is TlsPair =>
  stored.cert !== undefined && stored.key !== undefined;

function isUsable(
  { cert, key }: TlsPair,
  caCert: string | undefined,
  names: string[],
  nowMs: number,
): boolean {
  if (caCert === undefined) return false;
  try {
    const certificate = new X509Certificate(cert);
    return (
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      certificate.verify(new X509Certificate(caCert).publicKey) &&
      Date.parse(certificate.validTo) - nowMs > RENEW_BEFORE_MS &&
      names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
    );
  } catch {
    // Not PEM: made again, like one that is missing.
    return false;
  }
}

/** @returns undefined when there is no CA yet */
function keptAuthority(ca: StoredPair): TlsPair | undefined {
  if (ca.cert === undefined) return undefined;
  if (isPair(ca) && belongTogether(ca)) return ca;
  throw new SettingsError([
    'SALLYPORT_DATA_DIR: tls/ca.key is missing or is not the key of tls/ca.pem; put it back, or remove both to make a new CA, which every client and agent must then be given',
  ]);
}

function belongTogether({ cert, key }: TlsPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
