import { hostname } from 'node:os';
import { AgentHttp, type AgentServer } from './agent-http.js';
import { newAgentKeys, type AgentIdentity } from './agent-identity.js';

/** What is given on the command line of `aliyun-service --register`, and what the machine says of itself. */
export interface RegisterOptions {
  readonly server: AgentServer;
  readonly activationId: string;
  readonly activationCode: string;
  readonly regionId: string;
  readonly instanceName?: string;
  readonly machineId?: string;
  /** The text `<nil>` when the machine has no address besides loopback, as here by default. */
  readonly intranetIp?: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** The server answered with another code than 200. */
export class RegistrationRefused extends Error {
  constructor(readonly body: string) {
    super(`register failed\n${body}`);
    this.name = 'RegistrationRefused';
  }
}

const OS_VERSION = 'Linux_#1 SMP PREEMPT_DYNAMIC @0_x86_64';

/**
 * Registers as the stock agent does: one unsigned POST (wire §1.2).
 * @throws RegistrationRefused with the body when `code` is not the number 200
 */
export async function registerStockAgent(options: RegisterOptions): Promise<AgentIdentity> {
  const machineId = options.machineId ?? 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
  const keys = newAgentKeys();
  const http = new AgentHttp(options.server, STOCK_USER_AGENT, () => []);
  try {
    const answer = await http.post(
      '/luban/api/instance/register',
      registerBody(options, machineId, keys.publicKeyPem),
    );
    const { code, instanceId } = JSON.parse(answer.body) as { code?: unknown; instanceId?: unknown };
    if (code !== 200 || typeof instanceId !== 'string') throw new RegistrationRefused(answer.body);
    return { instanceId, machineId, ...keys };
  } finally {
    http.close();
  }
}

/** `User-Agent` of an agent built from public source. */
export const STOCK_USER_AGENT = 'linux_amd64/1.0.0.1';

/** The JSON text, its members in the agent's order, with Go's escapes for `<` and `>`. */
export function registerBody(options: RegisterOptions, machineId: string, publicKeyPem: string): string {
  return JSON.stringify({
    activationCode: options.activationCode,
    machineId,
    regionId: options.regionId,
    instanceName: options.instanceName ?? '',
    hostname: hostname(),
    intranetIp: options.intranetIp ?? '<nil>',
    osVersion: OS_VERSION,
    osType: 'linux',
    agentVersion: '1.0.0.1',
    publicKey: Buffer.from(publicKeyPem).toString('base64'),
    activationId: options.activationId,
    tag: options.tags ?? [],
  })
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026');
}
