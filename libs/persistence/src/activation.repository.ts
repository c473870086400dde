import { ActivationStore, type Activation, type ActivationFilter, type Instance } from '@sallyport/fleet';
import type { AccountId, ActivationId, PageQuery, Slice } from '@sallyport/kernel';
import type { DatabaseClient } from './database-client.js';
import type { Prisma } from './generated/client.js';
import type { ActivationModel } from './generated/models.js';
import { instanceToRow } from './instance.repository.js';
import { afterKeyset, pageArguments, toSlice } from './paging.js';
import { tagPattern, tagsFrom, tagsToJson } from './tags.js';

function toActivation({ createdAt, tags, ...row }: ActivationModel): Activation {
  return {
    ...row,
    id: row.id as ActivationId,
    accountId: row.accountId as AccountId,
    instanceName: row.instanceName ?? undefined,
    ipAddressRange: row.ipAddressRange ?? undefined,
    tags: tagsFrom(tags),
    createdAtMs: createdAt.getTime(),
  };
}

function toRow({ createdAtMs, tags, ...activation }: Activation): Prisma.ActivationCreateManyInput {
  return {
    ...activation,
    instanceName: activation.instanceName ?? null,
    ipAddressRange: activation.ipAddressRange ?? null,
    tags: tagsToJson(tags),
    createdAt: new Date(createdAtMs),
  };
}

function toWhere(filter: ActivationFilter): Prisma.ActivationWhereInput {
  return {
    ...(filter.id !== undefined && { id: filter.id }),
    ...(filter.instanceName !== undefined && { instanceName: filter.instanceName }),
    ...(filter.tags && { tags: { array_contains: tagPattern(filter.tags) } }),
  };
}

const keysetOf = ({ createdAtMs, id }: Activation) => ({ createdAtMs, id });

/** Activations in PostgreSQL. */
export class PrismaActivationStore extends ActivationStore {
  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async insert(activation: Activation): Promise<void> {
    await this.database.run((prisma) => prisma.activation.createMany({ data: toRow(activation) }));
  }

  override async findForRegistration(id: ActivationId): Promise<Activation | undefined> {
    const row = await this.database.run((prisma) => prisma.activation.findUnique({ where: { id } }));
    return row ? toActivation(row) : undefined;
  }

  override async list(
    accountId: AccountId,
    region: string,
    filter: ActivationFilter,
    page: PageQuery,
  ): Promise<Slice<Activation>> {
    const where = { accountId, region, ...toWhere(filter) };
    const pageWhere = { AND: [where, afterKeyset(page.after)] };
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
    const [rows, total] = await this.database.run(({ activation }) =>
      Promise.all([
        activation.findMany({ where: pageWhere, orderBy, ...pageArguments(page) }),
        activation.count({ where }),
      ]),
    );
    return toSlice(rows.map(toActivation), total, page, keysetOf);
  }

  override async disable(
    accountId: AccountId,
    region: string,
    id: ActivationId,
  ): Promise<Activation | undefined> {
    const where = { accountId, region, id };
    const [row] = await this.database.run((prisma) =>
      prisma.activation.updateManyAndReturn({ where, data: { isDisabled: true } }),
    );
    return row && toActivation(row);
  }

  override async deleteUnused(
    accountId: AccountId,
    region: string,
    id: ActivationId,
  ): Promise<Activation | 'in-use' | 'not-found'> {
    return this.database.run(async ({ activation }) => {
      const row = await activation.findFirst({ where: { accountId, region, id } });
      if (!row) return 'not-found';
      // The condition is checked again by the statement that deletes: a machine may register meanwhile.
      const { count } = await activation.deleteMany({ where: { accountId, region, id, registeredCount: 0 } });
      return count > 0 ? toActivation(row) : 'in-use';
    });
  }

  override redeem(
    id: ActivationId,
    instanceFor: (ordinal: number) => Instance,
  ): Promise<Instance | undefined> {
    return this.database.transaction(async (tx) => {
      const { instanceCount } = tx.activation.fields;
      const [row] = await tx.activation.updateManyAndReturn({
        where: { id, isDisabled: false, registeredCount: { lt: instanceCount } },
        data: { registeredCount: { increment: 1 } },
      });
      if (!row) return undefined;
      const instance = instanceFor(row.registeredCount);
      await tx.instance.createMany({ data: instanceToRow(instance) });
      return instance;
    });
  }
}
