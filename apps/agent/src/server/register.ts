import { AppError } from '@sallyport/kernel';
import { AGENT_VERSION, USER_AGENT } from '../version.js';
import { reasonOf } from './agent-api.js';
import type { HttpClient } from './http-client.js';

/** A tag of an instance. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What an agent says at registration (spec wire §1.2). */
export interface Registration {
  readonly activationId: string;
  readonly activationCode: string;
  readonly machineId: string;
  readonly regionId: string;
  readonly instanceName: string;
  readonly hostname: string;
  readonly intranetIp: string;
  readonly osVersion: string;
  readonly osType: string;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
  readonly tags: readonly Tag[];
}

/**
 * Exchanges an activation for an instance.
 * @returns the instance id
 * @throws AppError `ACTIVATION_REJECTED` with the server's words; `DEPENDENCY_UNAVAILABLE`
 */
export async function register(http: HttpClient, registration: Registration): Promise<string> {
  const { publicKeyPem, tags, ...facts } = registration;
  const publicKey = Buffer.from(publicKeyPem).toString('base64');
  const answer = await http.send({
    method: 'POST',
    path: '/luban/api/instance/register',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': USER_AGENT },
    body: JSON.stringify({ ...facts, agentVersion: AGENT_VERSION, publicKey, tag: tags }),
  });
  const instanceId = instanceIdOf(answer.text);
  if (answer.status === 200 && instanceId !== undefined) return instanceId;
  throw new AppError('ACTIVATION_REJECTED', `registration refused: ${reasonOf(answer)}`);
}

/** Success is `code` 200 as a number, whatever the HTTP status says. */
function instanceIdOf(text: string): string | undefined {
  try {
    const { code, instanceId } = JSON.parse(text) as { code?: unknown; instanceId?: unknown };
    return code === 200 && typeof instanceId === 'string' && instanceId !== '' ? instanceId : undefined;
  } catch {
    return undefined;
  }
}
