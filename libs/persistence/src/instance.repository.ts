import { InstanceStore, type Heartbeat, type Instance, type InstanceFilter } from '@sallyport/fleet';
import type { AccountId, ActivationId, InstanceId, Keyset, PageQuery, Slice } from '@sallyport/kernel';
import type { DatabaseClient } from './database-client.js';
import { Prisma } from './generated/client.js';
import type { InstanceModel } from './generated/models.js';
import { instanceConditions } from './instance-conditions.js';
import { toSlice } from './paging.js';
import { tagsFrom, tagsToJson } from './tags.js';

function toInstance({ registeredAt, lastHeartbeatAt, tags, ...row }: InstanceModel): Instance {
  return {
    ...row,
    id: row.id as InstanceId,
    accountId: row.accountId as AccountId,
    activationId: row.activationId as ActivationId,
    tags: tagsFrom(tags),
    registeredAtMs: registeredAt.getTime(),
    lastHeartbeatAtMs: lastHeartbeatAt?.getTime(),
  };
}

/** The row of an instance, as Prisma takes it. */
export function instanceToRow(instance: Instance): Prisma.InstanceCreateManyInput {
  const { registeredAtMs, lastHeartbeatAtMs, tags, ...rest } = instance;
  return {
    ...rest,
    tags: tagsToJson(tags),
    registeredAt: new Date(registeredAtMs),
    lastHeartbeatAt: lastHeartbeatAtMs === undefined ? null : new Date(lastHeartbeatAtMs),
  };
}

const keysetOf = ({ registeredAtMs, id }: Instance): Keyset => ({ createdAtMs: registeredAtMs, id });

const afterSql = (after: Keyset | undefined): Prisma.Sql =>
  after
    ? Prisma.sql`AND (registered_at, id) < (${new Date(after.createdAtMs)}::timestamptz, ${after.id})`
    : Prisma.empty;

/** The newest beat of each instance: one statement can change a row once only. */
function newestOf(beats: readonly Heartbeat[]): readonly Heartbeat[] {
  const newest = new Map<InstanceId, Heartbeat>();
  for (const beat of beats) {
    const known = newest.get(beat.instanceId);
    if (!known || known.atMs <= beat.atMs) newest.set(beat.instanceId, beat);
  }
  return [...newest.values()];
}

/** Instances in PostgreSQL. */
export class PrismaInstanceStore extends InstanceStore {
  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async findForAgent(id: InstanceId): Promise<Instance | undefined> {
    const row = await this.database.run((prisma) => prisma.instance.findUnique({ where: { id } }));
    return row ? toInstance(row) : undefined;
  }

  override async find(accountId: AccountId, region: string, id: InstanceId): Promise<Instance | undefined> {
    const where = { accountId, region, id };
    const row = await this.database.run((prisma) => prisma.instance.findFirst({ where }));
    return row ? toInstance(row) : undefined;
  }

  /** Conditions are SQL, for what Prisma's filters lack (wildcards, long lists of ids); rows are read by Prisma. */
  override async list(
    accountId: AccountId,
    region: string,
    filter: InstanceFilter,
    page: PageQuery,
  ): Promise<Slice<Instance>> {
    const where = instanceConditions(accountId, region, filter);
    const [ids, counts] = await this.database.run((prisma) =>
      Promise.all([
        prisma.$queryRaw<{ id: string }[]>`SELECT id FROM instances WHERE ${where} ${afterSql(page.after)}
          ORDER BY registered_at DESC, id DESC LIMIT ${page.limit + 1} OFFSET ${page.offset ?? 0}`,
        prisma.$queryRaw<{ total: number }[]>`SELECT count(*)::int AS total FROM instances WHERE ${where}`,
      ]),
    );
    const items = await this.#read(ids.map(({ id }) => id));
    return toSlice(items, counts[0]?.total ?? 0, page, keysetOf);
  }

  async #read(ids: readonly string[]): Promise<readonly Instance[]> {
    const where = { id: { in: [...ids] } };
    const orderBy = [{ registeredAt: 'desc' as const }, { id: 'desc' as const }];
    const rows = await this.database.run((prisma) => prisma.instance.findMany({ where, orderBy }));
    return rows.map(toInstance);
  }

  override async rename(
    accountId: AccountId,
    region: string,
    id: InstanceId,
    name: string,
  ): Promise<Instance | undefined> {
    const where = { accountId, region, id };
    const [row] = await this.database.run((prisma) =>
      prisma.instance.updateManyAndReturn({ where, data: { name } }),
    );
    return row && toInstance(row);
  }

  override deregister(accountId: AccountId, region: string, id: InstanceId): Promise<Instance | undefined> {
    return this.database.transaction(async (tx) => {
      const where = { accountId, region, id };
      const row = await tx.instance.findFirst({ where });
      // Of two callers, the one whose statement deletes the row also counts.
      if (!row || (await tx.instance.deleteMany({ where })).count === 0) return undefined;
      await tx.activation.updateMany({
        where: { id: row.activationId },
        data: { deregisteredCount: { increment: 1 } },
      });
      return toInstance(row);
    });
  }

  override async touch(beats: readonly Heartbeat[]): Promise<void> {
    const newest = newestOf(beats);
    if (newest.length === 0) return;
    const ids = newest.map(({ instanceId }) => instanceId);
    const moments = newest.map(({ atMs }) => new Date(atMs).toISOString());
    const addresses = newest.map(({ internetIp }) => internetIp);
    const versions = newest.map(({ agentVersion }) => agentVersion);
    await this.database.run(
      (prisma) => prisma.$executeRaw`UPDATE instances
        SET last_heartbeat_at = beat.moment, internet_ip = beat.address, agent_version = beat.version
        FROM unnest(${ids}::text[], ${moments}::timestamptz[], ${addresses}::text[], ${versions}::text[])
          AS beat (id, moment, address, version)
        WHERE instances.id = beat.id
          AND (last_heartbeat_at IS NULL OR last_heartbeat_at <= beat.moment)`,
    );
  }
}
