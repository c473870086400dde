import { SecretStore } from '@sallyport/iam';
import { AppError } from '@sallyport/kernel';
import type { DatabaseClient } from './database-client.js';

/** The deployment's sealed secrets in PostgreSQL. */
export class PrismaSecretStore extends SecretStore {
  constructor(private readonly database: DatabaseClient) {
    super();
  }

  override async find(name: string): Promise<string | undefined> {
    const row = await this.database.run((prisma) => prisma.secret.findUnique({ where: { name } }));
    return row?.sealedValue;
  }

  override async putIfAbsent(name: string, sealed: string): Promise<string> {
    const data = { name, sealedValue: sealed };
    await this.database.run((prisma) => prisma.secret.createMany({ data, skipDuplicates: true }));
    const stored = await this.find(name);
    if (stored === undefined) throw new AppError('INTERNAL', 'a secret vanished while it was stored');
    return stored;
  }
}
