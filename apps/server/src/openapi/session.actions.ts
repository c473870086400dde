import { Inject, Injectable } from '@nestjs/common';
import type { InstanceId, SessionId } from '@sallyport/kernel';
import {
  describeTerminalSessions,
  endTerminalSession,
  isoSeconds,
  pageMembers,
  startTerminalSession,
  type DescribeTerminalSessionsBody,
  type StartTerminalSessionBody,
  type TerminalConnectionMember,
  type TerminalSessionMember,
} from '@sallyport/openapi';
import type { Settings } from '@sallyport/platform';
import { apiStatus, EndSession, SessionStore, StartSession, type SessionRecord } from '@sallyport/session';
import { PublicAddress } from '../core/public-address.js';
import { SETTINGS } from '../core/tokens.js';
import { instanceArns, row, type ActionRow } from './action-row.js';

/** Sessions over the RPC API. */
@Injectable()
export class SessionActions {
  readonly rows: readonly ActionRow[] = [
    row({
      action: startTerminalSession,
      permission: 'ecs:StartTerminalSession',
      resources: ({ InstanceId }, context) => instanceArns([InstanceId], context),
      run: async (p, { principal, clientIp }) => {
        const started = await this.startSession.execute(principal, {
          instanceId: p.InstanceId as InstanceId,
          clientIp,
          portNumber: p.PortNumber,
          targetServer: p.TargetServer,
          username: p.Username,
          commandLine: p.CommandLine,
        });
        return this.#started(started.session.id, started.ticket);
      },
    }),
    row({
      action: endTerminalSession,
      permission: 'ecs:EndTerminalSession',
      resources: () => ['*'],
      run: async ({ SessionId }, { principal }) => {
        await this.endSession.execute(principal.accountId, SessionId as SessionId, 'EndedByApi');
        return {};
      },
    }),
    row({
      action: describeTerminalSessions,
      permission: 'ecs:DescribeTerminalSessions',
      resources: ({ InstanceId }, context) =>
        instanceArns(InstanceId === undefined ? undefined : [InstanceId], context),
      run: async ({ page, InstanceId, SessionId }, { principal }): Promise<DescribeTerminalSessionsBody> => {
        const filter = { instanceId: InstanceId, id: SessionId };
        const slice = await this.sessions.list(principal.accountId, this.settings.region, filter, page.query);
        const { NextToken } = pageMembers(page, slice);
        return { NextToken, Sessions: { Session: slice.items.map(sessionMember) } };
      },
    }),
  ];

  constructor(
    private readonly startSession: StartSession,
    private readonly endSession: EndSession,
    private readonly sessions: SessionStore,
    private readonly address: PublicAddress,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  #started(sessionId: SessionId, token: string): StartTerminalSessionBody {
    const WebSocketUrl = `${this.address.webSocketBase}/session?sessionId=${sessionId}&token=${token}`;
    return { SessionId: sessionId, SecurityToken: token, WebSocketUrl };
  }
}

function sessionMember(session: SessionRecord): TerminalSessionMember {
  return {
    SessionId: session.id,
    CreationTime: isoSeconds(session.createdAtMs),
    ClientIP: session.clientIp,
    IdentityType: session.identityType,
    PrincipalId: session.principalId,
    Username: session.username,
    PortNumber: session.portNumber,
    TargetServer: session.targetServer,
    Connections: { Connection: [connectionMember(session)] },
  };
}

function connectionMember(session: SessionRecord): TerminalConnectionMember {
  const time = (atMs: number | undefined): string | undefined =>
    atMs === undefined ? undefined : isoSeconds(atMs);
  const Status = apiStatus(session.state);
  return {
    InstanceId: session.instanceId,
    Status,
    StartTime: time(session.openedAtMs),
    EndTime: time(session.endedAtMs),
    ClosedReason: session.endReason,
    FailedDetail: Status === 'Failed' ? (session.failedDetail ?? session.endReason) : undefined,
  };
}
