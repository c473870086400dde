import { rpcError, type RpcError } from './rpc-error.js';

/** Parts of an `Authorization: ACS3-… Credential=…,SignedHeaders=…,Signature=…` header. */
export interface AcsAuthorization {
  /** As sent, not checked against what is supported. */
  readonly algorithm: string;
  readonly accessKeyId: string;
  /** Lower case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * Takes the header apart; spaces around commas are tolerated (spec openapi §6).
 * @throws RpcError `IncompleteSignature` when a part is absent or empty
 */
export function parseAuthorization(header: string): AcsAuthorization {
  const space = header.indexOf(' ');
  const algorithm = space < 0 ? header : header.slice(0, space);
  const parts = new Map<string, string>();
  for (const part of space < 0 ? [] : header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return {
    algorithm,
    accessKeyId: parts.get('Credential') || incomplete('Credential'),
    signedHeaders: readNames(parts.get('SignedHeaders') || incomplete('SignedHeaders')),
    signature: parts.get('Signature') || incomplete('Signature'),
  };
}

const readNames = (list: string): readonly string[] =>
  [...new Set(list.split(';').map((name) => name.trim().toLowerCase()))].sort();

function incomplete(part: string): never {
  throw lacking(part);
}

const lacking = (part: string): RpcError =>
  rpcError('IncompleteSignature', `The Authorization header lacks ${part}.`);
