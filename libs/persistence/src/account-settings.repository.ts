import { AccountSettingsStore, type AccountSettings } from '@sallyport/iam';
import type { AccountId } from '@sallyport/kernel';
import type { DatabaseClient } from './database-client.js';

const DEFAULTS: AccountSettings = { isSessionManagerEnabled: true };

/** Settings of accounts in PostgreSQL; an account that never changed any has no row. */
export class PrismaAccountSettingsStore extends AccountSettingsStore {
  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async get(accountId: AccountId): Promise<AccountSettings> {
    const row = await this.database.run((prisma) =>
      prisma.accountSetting.findUnique({ where: { accountId } }),
    );
    return row ? { isSessionManagerEnabled: row.isSessionManagerEnabled } : DEFAULTS;
  }

  override async update(accountId: AccountId, changes: Partial<AccountSettings>): Promise<void> {
    const create = { accountId, ...DEFAULTS, ...changes };
    await this.database.run((prisma) =>
      prisma.accountSetting.upsert({ where: { accountId }, create, update: changes }),
    );
  }
}
