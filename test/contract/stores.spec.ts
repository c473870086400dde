import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountId } from '@sallyport/kernel';
import { openDatabase, type Database, type DatabaseConfig } from '@sallyport/persistence';
import { launchPostgres } from '@sallyport/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { accountSettingsStoreContract } from './account-settings-store.contract.js';
import { accountStoreContract } from './account-store.contract.js';
import { activationStoreContract } from './activation-store.contract.js';
import { account } from './builders.js';
import { idempotencyStoreContract } from './idempotency-store.contract.js';
import { instanceStoreContract } from './instance-store.contract.js';
import { secretStoreContract } from './secret-store.contract.js';
import { sessionStoreContract } from './session-store.contract.js';

/** A database to run on, and what takes it away again. */
interface Ground {
  readonly config: DatabaseConfig;
  end(): Promise<void>;
}

const grounds: Record<string, () => Promise<Ground>> = {
  'embedded PostgreSQL': () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-stores-'));
    const end = () => rm(dataDir, { recursive: true });
    return Promise.resolve({ config: { kind: 'embedded', dataDir }, end });
  },
  'stock PostgreSQL': async () => {
    const postgres = await launchPostgres();
    return { config: { kind: 'url', url: await postgres.createDatabase() }, end: () => postgres.stop() };
  },
};

describe.each(Object.keys(grounds))('stores on %s', (name) => {
  let ground: Ground;
  let database: Database;
  beforeAll(async () => {
    ground = (await grounds[name]?.()) as Ground;
    database = await openDatabase(ground.config);
  });
  afterAll(async () => {
    await database.close();
    await ground.end();
  });

  const newAccount = async (): Promise<AccountId> => {
    const made = account();
    await database.accounts.insert(made);
    return made.id;
  };
  // First: it expects that no account exists yet.
  accountStoreContract(() => database.accounts);
  secretStoreContract(() => database.secrets);
  accountSettingsStoreContract(() => database.accountSettings, newAccount);
  idempotencyStoreContract(() => database.idempotency, newAccount);
  activationStoreContract(
    () => database.activations,
    () => database.instances,
    newAccount,
  );
  instanceStoreContract(
    () => database.instances,
    () => database.activations,
    newAccount,
  );
  sessionStoreContract(() => database.sessions, newAccount);
});
