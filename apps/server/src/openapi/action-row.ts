import type { Principal } from '@sallyport/iam';
import type { RpcAction, SuccessBody } from '@sallyport/openapi';

/** Who calls, and from where. */
export interface Caller {
  readonly principal: Principal;
  /** Client address as the server sees it. */
  readonly clientIp: string;
  readonly isSecure: boolean;
}

/** Parameters that name resources, as a row's authorisation sees them. */
export interface AccessContext {
  readonly region: string;
  readonly accountId: string;
}

/** One row of the action table: schema → policy action and resources → use case → response. */
export interface ActionRow<P = unknown, T = unknown> {
  readonly action: RpcAction<P, T>;
  /** RAM action, e.g. `ecs:StartTerminalSession`; undefined for a call that needs no permission. */
  readonly permission: string | undefined;
  /** ARNs that must each be allowed, or `*`. */
  resources(target: T, context: AccessContext): readonly string[];
  run(parameters: P, caller: Caller): Promise<SuccessBody>;
}

/** Keeps a row's own types while it is written, and forgets them in the table. */
export const row = <P, T>(definition: ActionRow<P, T>): ActionRow => definition;

/** ARNs of instances; of all of them when none is named. */
export function instanceArns(
  ids: readonly string[] | undefined,
  { region, accountId }: AccessContext,
): string[] {
  const names = ids && ids.length > 0 ? ids : ['*'];
  return names.map((id) => `acs:ecs:${region}:${accountId}:instance/${id}`);
}

/** ARN of an activation, or of all. */
export const activationArn = (id: string | undefined, { region, accountId }: AccessContext): string =>
  `acs:ecs:${region}:${accountId}:activation/${id ?? '*'}`;
