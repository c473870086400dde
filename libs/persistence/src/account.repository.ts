import type { AccessKeyRecord, Account } from '@sallyport/iam';
import { AccountStore } from '@sallyport/iam';
import { AppError, type AccessKeyId, type AccountId } from '@sallyport/kernel';
import type { DatabaseClient } from './database-client.js';
import type { AccessKeyModel, AccountModel } from './generated/models.js';

const toAccount = (row: AccountModel): Account => ({
  id: row.accountId as AccountId,
  name: row.name,
  createdAtMs: row.createdAt.getTime(),
});

const toAccessKey = (row: AccessKeyModel): AccessKeyRecord => ({
  id: row.id as AccessKeyId,
  accountId: row.accountId as AccountId,
  sealedSecret: row.sealedSecret,
  status: row.status as AccessKeyRecord['status'],
  createdAtMs: row.createdAt.getTime(),
});

/** Accounts and access keys in PostgreSQL. */
export class PrismaAccountStore extends AccountStore {
  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async first(): Promise<Account | undefined> {
    const orderBy = [{ createdAt: 'asc' as const }, { accountId: 'asc' as const }];
    const row = await this.database.run((prisma) => prisma.account.findFirst({ orderBy }));
    return row ? toAccount(row) : undefined;
  }

  override async insert({ id, name, createdAtMs }: Account): Promise<void> {
    const data = { accountId: id, name, createdAt: new Date(createdAtMs) };
    await this.database.run((prisma) => prisma.account.createMany({ data }));
  }

  override async findAccessKey(id: AccessKeyId): Promise<AccessKeyRecord | undefined> {
    const row = await this.database.run((prisma) => prisma.accessKey.findUnique({ where: { id } }));
    return row ? toAccessKey(row) : undefined;
  }

  /** @throws AppError `INVALID_ARGUMENT` when another account has a key with this id */
  override async putAccessKey({
    id,
    accountId,
    sealedSecret,
    status,
    createdAtMs,
  }: AccessKeyRecord): Promise<void> {
    const data = { id, accountId, sealedSecret, status, createdAt: new Date(createdAtMs) };
    await this.database.run(async ({ accessKey }) => {
      // Insert first: two nodes that start with the same given key both come to the same row.
      if ((await accessKey.createMany({ data, skipDuplicates: true })).count > 0) return;
      const { count } = await accessKey.updateMany({
        where: { id, accountId },
        data: { sealedSecret, status },
      });
      if (count === 0)
        throw new AppError('INVALID_ARGUMENT', 'The access key id belongs to another account.');
    });
  }

  override async listAccessKeys(accountId: AccountId): Promise<readonly AccessKeyRecord[]> {
    const orderBy = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];
    const rows = await this.database.run((prisma) =>
      prisma.accessKey.findMany({ where: { accountId }, orderBy }),
    );
    return rows.map(toAccessKey);
  }
}
