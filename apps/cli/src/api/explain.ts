import { RpcCallError } from '@sallyport/client';
import { CliError } from '../cli-error.js';

/** What to do about codes of the API that a person can do something about. */
const HINTS: Readonly<Record<string, string>> = {
  'InvalidAccessKeyId.NotFound': 'Check the access key id: `sallyport configure get` shows the one in use.',
  'InvalidAccessKeyId.Inactive': 'The key is switched off: use another one, or have it switched on.',
  SignatureDoesNotMatch:
    'The access key secret is not the one of this key id: `sallyport configure` stores another.',
  'InvalidSecurityToken.Expired': 'The temporary credentials are over: get new ones.',
  'InvalidTimeStamp.Expired': 'Set the clock of this computer.',
  'InvalidInstance.NotFound': '`sallyport instances` lists those there are.',
  'InvalidSessionId.NotFound': '`sallyport sessions` lists those there are.',
  'InvalidRegionId.NotFound': 'Set the region with `sallyport configure --region ID` or SALLYPORT_REGION.',
  'Operation.Forbidden':
    '`sallyport instances` shows whether the instance is online; its agent must be running.',
  'SessionCount.ExceedLimit': '`sallyport sessions` lists the live ones, `sallyport end SESSION` ends one.',
  'UserBehavior.SessionManagerDisabled': 'An administrator has switched sessions off for this account.',
  'Forbidden.RAM': 'Ask an administrator for the permission.',
  UnreadableAnswer: 'Is the endpoint the address of a Sallyport server? See --endpoint.',
};

const REFUSED = 'Is the server running there? `npm start` starts one; --endpoint names another.';
const UNTRUSTED =
  'Name the authority of its certificate with --ca FILE: a new server keeps it in <data>/tls/ca.pem.';

/** The same for failures before any answer, by Node's error code. */
const NETWORK: Readonly<Record<string, readonly [why: string, hint?: string]>> = {
  ECONNREFUSED: ['nothing listens there', REFUSED],
  ENOTFOUND: ['its name is not known', 'Check the host name in the endpoint.'],
  EAI_AGAIN: ['its name cannot be looked up just now', 'Check the network.'],
  ETIMEDOUT: ['it does not answer', 'Check the network and the endpoint.'],
  ECONNRESET: ['it closed the connection', 'An https port wants an https:// endpoint.'],
  EPROTO: ['it does not speak TLS', 'A plain port wants an http:// endpoint.'],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is not trusted', UNTRUSTED],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is not trusted', UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate is not trusted', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its certificate is not trusted', UNTRUSTED],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Use a host name that the certificate names.',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew it on the server.'],
};

/**
 * Makes of a failed call what a person can act on; an error of another kind stays as it is.
 * @param endpoint  where the call went
 */
export function explain(error: unknown, endpoint: URL): unknown {
  if (error instanceof RpcCallError) return explainRefusal(error);
  if (!(error instanceof Error) || !('code' in error) || error instanceof CliError) return error;
  const code =
    error.name === 'AbortError' || error.name === 'TimeoutError' ? 'ETIMEDOUT' : String(error.code);
  const [why, hint] = NETWORK[code] ?? [error.message];
  return new CliError(`the server at ${endpoint.origin} cannot be used: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

function explainRefusal(error: RpcCallError): CliError {
  const hint = HINTS[error.code];
  const request = error.requestId === undefined ? '' : `, request ${error.requestId}`;
  const message = `${error.message.replace(/\.$/, '')} (${error.code}${request})`;
  return new CliError(message, { ...(hint === undefined ? {} : { hint }), cause: error });
}
