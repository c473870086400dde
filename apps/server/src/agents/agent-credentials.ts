import type { IncomingHttpHeaders } from 'node:http';
import type { AgentCredentials } from '@sallyport/fleet';

/** The signed headers of an agent's request (spec wire §1.5); an absent one is empty and fails the check. */
export function agentCredentials(headers: IncomingHttpHeaders): AgentCredentials {
  return {
    instanceId: headerOf(headers, 'x-acs-instance-id'),
    timestamp: headerOf(headers, 'x-acs-timestamp'),
    requestId: headerOf(headers, 'x-acs-request-id'),
    signature: headerOf(headers, 'x-acs-signature'),
  };
}

/** Whether a request claims to come from a registered agent at all. */
export const isSigned = (headers: IncomingHttpHeaders): boolean => headers['x-acs-signature'] !== undefined;

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
