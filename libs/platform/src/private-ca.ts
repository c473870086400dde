import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
// The X.509 library resolves its parts through decorator metadata, and so needs this before it.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { TlsPair } from './tls-pair.js';

const DAY_MS = 86_400_000;
const CA_LIFE_MS = 20 * 365 * DAY_MS;
/** The longest that common TLS clients accept from a private CA. */
const SERVER_LIFE_MS = 825 * DAY_MS;
/** Agents' clocks are not always right. */
const BACKDATED_MS = DAY_MS;
/** Known to every TLS client of the last decade, and quick to make. */
const KEY_TYPE = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };

/** Makes a CA that may sign servers' certificates and no further CA; valid for 20 years. */
export async function makePrivateCa(nowMs: number): Promise<TlsPair> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // Two deployments' CAs, trusted by one client, must not share a name.
    name: `CN=Sallyport private CA ${randomBytes(4).toString('hex')}`,
    ...validity(nowMs, CA_LIFE_MS),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pemOf(certificate), key: privatePem(keys) };
}

/**
 * Makes a server's certificate for `names` (host names and IP addresses, one at least); valid for 825 days.
 * @param ca certificate and key, PEM
 */
export async function issueServerPair(
  ca: TlsPair,
  names: readonly string[],
  nowMs: number,
): Promise<TlsPair> {
  const keys = await makeKeys();
  const authority = new X509Certificate(ca.cert);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=Sallyport server',
    issuer: authority.subject,
    ...validity(nowMs, SERVER_LIFE_MS),
    publicKey: keys.publicKey,
    signingKey: await signingKey(ca.key),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { cert: pemOf(certificate), key: privatePem(keys) };
}

const makeKeys = () => webcrypto.subtle.generateKey(KEY_TYPE, true, ['sign', 'verify']);

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, KEY_TYPE, false, ['sign']);
}

const validity = (nowMs: number, lifeMs: number) => ({
  notBefore: new Date(nowMs - BACKDATED_MS),
  notAfter: new Date(nowMs - BACKDATED_MS + lifeMs),
});

/** Positive and of fixed length: the first byte is never 0 and never has its highest bit set. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

const pemOf = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`;

const privatePem = ({ privateKey }: webcrypto.CryptoKeyPair): string =>
  KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
