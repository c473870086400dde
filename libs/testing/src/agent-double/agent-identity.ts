import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { HeaderList } from '../sockets/raw-websocket.js';

/** What a stock agent keeps below `hybrid/` (wire §1.1). */
export interface AgentIdentity {
  readonly instanceId: string;
  readonly machineId: string;
  /** PKCS#1, PEM. */
  readonly privateKeyPem: string;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
}

/** A key pair as the agent makes it: RSA-2048. */
export function newAgentKeys(): { privateKeyPem: string; publicKeyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKeyPem: privateKey, publicKeyPem: publicKey };
}

/**
 * The headers that authenticate a request or an upgrade (wire §1.5), in the order and case the agent sends them.
 * @param timestampMs  the agent's wall clock
 */
export function signedHeaders(
  identity: AgentIdentity,
  timestampMs: number,
  options: { requestId?: string; clientIp?: string | undefined } = {},
): HeaderList {
  const requestId = options.requestId ?? randomUUID();
  const signature = createSign('RSA-MD5')
    .update(`${identity.instanceId}${identity.machineId}${timestampMs}${requestId}`)
    .sign(identity.privateKeyPem, 'base64');
  return [
    ['X-Acs-Instance-Id', identity.instanceId],
    ['X-Acs-Request-Id', requestId],
    ['X-Acs-Signature', signature],
    ['X-Acs-Timestamp', String(timestampMs)],
    ...(options.clientIp === undefined ? [] : ([['X-Client-Ip', options.clientIp]] as const)),
  ];
}
