import type { AccountId, InstanceId, NodeId, PageQuery, SessionId, Slice } from '@sallyport/kernel';
import {
  isEnded,
  SESSION_TRANSITIONS,
  SessionStore,
  type EndReason,
  type SessionChange,
  type SessionFilter,
  type SessionRecord,
  type SessionState,
} from '@sallyport/session';
import type { DatabaseClient } from './database-client.js';
import type { Prisma } from './generated/client.js';
import type { SessionModel } from './generated/models.js';
import { afterKeyset, pageArguments, toSlice } from './paging.js';

const LIVE_STATES = (Object.keys(SESSION_TRANSITIONS) as SessionState[]).filter((state) => !isEnded(state));

const toDate = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));

function toRecord({ createdAt, urlExpiresAt, openedAt, endedAt, ...row }: SessionModel): SessionRecord {
  return {
    ...row,
    id: row.id as SessionId,
    accountId: row.accountId as AccountId,
    instanceId: row.instanceId as InstanceId,
    nodeId: row.nodeId as NodeId,
    state: row.state as SessionState,
    portNumber: row.portNumber ?? undefined,
    targetServer: row.targetServer ?? undefined,
    username: row.username ?? undefined,
    commandLine: row.commandLine ?? undefined,
    endReason: (row.endReason ?? undefined) as EndReason | undefined,
    failedDetail: row.failedDetail ?? undefined,
    createdAtMs: createdAt.getTime(),
    urlExpiresAtMs: urlExpiresAt.getTime(),
    openedAtMs: openedAt?.getTime(),
    endedAtMs: endedAt?.getTime(),
  };
}

function toRow(record: SessionRecord): Prisma.SessionCreateManyInput {
  const { createdAtMs, urlExpiresAtMs, openedAtMs, endedAtMs, ...rest } = record;
  return {
    ...rest,
    portNumber: rest.portNumber ?? null,
    targetServer: rest.targetServer ?? null,
    username: rest.username ?? null,
    commandLine: rest.commandLine ?? null,
    endReason: rest.endReason ?? null,
    failedDetail: rest.failedDetail ?? null,
    createdAt: new Date(createdAtMs),
    urlExpiresAt: new Date(urlExpiresAtMs),
    openedAt: toDate(openedAtMs),
    endedAt: toDate(endedAtMs),
  };
}

/** The columns of a change; what it does not name, or names as undefined, stays. */
function toData(change: SessionChange): Prisma.SessionUpdateManyMutationInput {
  return {
    ...(change.state !== undefined && { state: change.state }),
    ...(change.openedAtMs !== undefined && { openedAt: new Date(change.openedAtMs) }),
    ...(change.endedAtMs !== undefined && { endedAt: new Date(change.endedAtMs) }),
    ...(change.endReason !== undefined && { endReason: change.endReason }),
    ...(change.failedDetail !== undefined && { failedDetail: change.failedDetail }),
    ...(change.nodeId !== undefined && { nodeId: change.nodeId }),
  };
}

const keysetOf = ({ createdAtMs, id }: SessionRecord) => ({ createdAtMs, id });

/** Session records in PostgreSQL. */
export class PrismaSessionStore extends SessionStore {
  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async insert(record: SessionRecord): Promise<void> {
    await this.database.run((prisma) => prisma.session.createMany({ data: toRow(record) }));
  }

  override async find(accountId: AccountId, id: SessionId): Promise<SessionRecord | undefined> {
    const row = await this.database.run((prisma) => prisma.session.findFirst({ where: { accountId, id } }));
    return row ? toRecord(row) : undefined;
  }

  override async list(
    accountId: AccountId,
    region: string,
    { id, instanceId }: SessionFilter,
    page: PageQuery,
  ): Promise<Slice<SessionRecord>> {
    const filter = { ...(id !== undefined && { id }), ...(instanceId !== undefined && { instanceId }) };
    const where = { accountId, region, ...filter };
    const pageWhere = { AND: [where, afterKeyset(page.after)] };
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
    const [rows, total] = await this.database.run(({ session }) =>
      Promise.all([
        session.findMany({ where: pageWhere, orderBy, ...pageArguments(page) }),
        session.count({ where }),
      ]),
    );
    return toSlice(rows.map(toRecord), total, page, keysetOf);
  }

  override async update(accountId: AccountId, id: SessionId, change: SessionChange): Promise<boolean> {
    const where = { accountId, id, state: { in: LIVE_STATES } };
    const { count } = await this.database.run((prisma) =>
      prisma.session.updateMany({ where, data: toData(change) }),
    );
    return count > 0;
  }

  override async listUnended(region: string): Promise<readonly SessionRecord[]> {
    const where = { region, state: { in: LIVE_STATES } };
    const rows = await this.database.run((prisma) =>
      prisma.session.findMany({ where, orderBy: { createdAt: 'asc' } }),
    );
    return rows.map(toRecord);
  }
}
