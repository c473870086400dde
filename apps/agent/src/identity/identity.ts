/** Who this agent is at its server; written at registration. */
export interface Identity {
  /** Origin of the server, `https://host[:port]` without a final slash. */
  readonly server: string;
  /** PEM of the only authority whose certificates are believed; the platform's own when absent. */
  readonly ca?: string;
  readonly region: string;
  readonly instanceId: string;
  /** As told at registration; part of every signature. */
  readonly machineId: string;
  /** Who shells run as when the caller names nobody. */
  readonly user?: string;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTextOrAbsent = (value: unknown): boolean => value === undefined || isText(value);

/** Reads what {@link Identity} is stored as. @returns undefined for anything else */
export function parseIdentity(text: string): Identity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const identity = value as Record<keyof Identity, unknown>;
    const { server, region, instanceId, machineId, ca, user } = identity;
    const isComplete =
      [server, region, instanceId, machineId].every(isText) && [ca, user].every(isTextOrAbsent);
    return isComplete ? (value as Identity) : undefined;
  } catch {
    return undefined;
  }
}
