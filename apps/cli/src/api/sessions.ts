import type { RpcClient } from '@sallyport/client';
import type { TerminalSessionMember } from '@sallyport/openapi';
import { collectPages } from './pages.js';

/** A session as the CLI lists it. */
export interface SessionRow {
  readonly sessionId: string;
  readonly instanceId: string | undefined;
  /** `Connecting`, `Connected`, `Terminated` or `Failed`. */
  readonly status: string | undefined;
  readonly username: string | undefined;
  /** `host:port` of a forwarding session. */
  readonly target: string | undefined;
  readonly clientIp: string;
  readonly creationTime: string;
  readonly endTime: string | undefined;
  readonly closedReason: string | undefined;
}

const LIVE = new Set<string | undefined>(['Connecting', 'Connected']);

/** Which sessions to list. */
export interface SessionFilter {
  readonly instanceId?: string | undefined;
  /** Also those that have ended. */
  readonly withEnded: boolean;
}

/** Sessions of the account, in the server's order. */
export async function listSessions(client: RpcClient, filter: SessionFilter): Promise<SessionRow[]> {
  const members = await collectPages(async (NextToken) => {
    const parameters = { InstanceId: filter.instanceId, MaxResults: 100, NextToken };
    const page = await client.call('DescribeTerminalSessions', parameters);
    return { items: page.Sessions.Session, nextToken: page.NextToken };
  });
  const rows = members.map(rowOf);
  return filter.withEnded ? rows : rows.filter((row) => LIVE.has(row.status));
}

function rowOf(member: TerminalSessionMember): SessionRow {
  const [connection] = member.Connections.Connection;
  const { PortNumber: port, TargetServer: host = 'localhost' } = member;
  return {
    sessionId: member.SessionId,
    instanceId: connection?.InstanceId,
    status: connection?.Status,
    username: member.Username,
    target: port === undefined ? undefined : `${host}:${port}`,
    clientIp: member.ClientIP,
    creationTime: member.CreationTime,
    endTime: connection?.EndTime,
    closedReason: connection?.FailedDetail ?? connection?.ClosedReason,
  };
}
