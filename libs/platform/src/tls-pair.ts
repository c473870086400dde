import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SettingsError, systemErrorCode } from './settings-error.js';

/** A certificate, with its chain if any, and its private key; both PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads and checks the operator's own certificate and key.
 * @returns undefined when no files are named
 * @throws SettingsError naming the variable whose file cannot be read, is not PEM, or does not fit the other
 */
export function readTlsPair(certFile: string | undefined, keyFile: string | undefined): TlsPair | undefined {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const cert = read('SALLYPORT_TLS_CERT', certFile);
  const key = read('SALLYPORT_TLS_KEY', keyFile);
  const certificate = parse('SALLYPORT_TLS_CERT: is no PEM certificate', () => new X509Certificate(cert));
  const privateKey = parse('SALLYPORT_TLS_KEY: is no PEM private key without passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new SettingsError(['SALLYPORT_TLS_KEY: does not belong to the certificate of SALLYPORT_TLS_CERT']);
  return { cert, key };
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SettingsError([`${name}: the file cannot be read (${systemErrorCode(cause)})`], { cause });
  }
}

function parse<T>(problem: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new SettingsError([problem], { cause });
  }
}
