import type { Principal } from './principal.js';

/** One thing that a call wants to do. */
export interface AccessRequest {
  /** RAM action, e.g. `ecs:StartTerminalSession`. */
  readonly action: string;
  /** ARNs that must each be allowed (RAM §6); the text `*` for actions on all resources. */
  readonly resources: readonly string[];
  /** Client address as the server sees it; `acs:SourceIp`. */
  readonly sourceIp: string;
  /** Whether the call came over TLS; `acs:SecureTransport`. */
  readonly isSecure: boolean;
}

/** Decides whether a principal may do something. */
export abstract class Authoriser {
  /** @throws AppError `POLICY_DENIED` (details: `action`, `resource`) */
  abstract authorise(principal: Principal, request: AccessRequest): Promise<void>;
}
