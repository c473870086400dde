import { AppError } from '@sallyport/kernel';
import { PrismaAccountSettingsStore } from './account-settings.repository.js';
import { PrismaAccountStore } from './account.repository.js';
import { PrismaActivationStore } from './activation.repository.js';
import { openPool, type Connection } from './connection.js';
import { DatabaseClient } from './database-client.js';
import { toAppError } from './database-error.js';
import { startEmbeddedDatabase, type EmbeddedDatabase } from './embedded/embedded-database.js';
import { PrismaIdempotencyStore } from './idempotency.repository.js';
import { PrismaInstanceStore } from './instance.repository.js';
import { migrate } from './migrate.js';
import { PrismaSecretStore } from './secret.repository.js';
import { PrismaSessionStore } from './session.repository.js';

/** Which database: the one at an address (`DATABASE_URL`), or one of our own below a data directory. */
export type DatabaseConfig =
  { readonly kind: 'url'; readonly url: string } | { readonly kind: 'embedded'; readonly dataDir: string };

/** Durable state, open. Every store throws `DEPENDENCY_UNAVAILABLE` (retryable) while PostgreSQL is away. */
export interface Database {
  readonly accounts: PrismaAccountStore;
  readonly secrets: PrismaSecretStore;
  readonly accountSettings: PrismaAccountSettingsStore;
  readonly idempotency: PrismaIdempotencyStore;
  readonly activations: PrismaActivationStore;
  readonly instances: PrismaInstanceStore;
  readonly sessions: PrismaSessionStore;
  /** Answers when the database does. @throws AppError `DEPENDENCY_UNAVAILABLE` */
  ping(): Promise<void>;
  /** Ends the connections, then the embedded database. Idempotent. */
  close(): Promise<void>;
}

/** A parameter that stock Prisma knows and the driver would pass over without a word. */
function checkUrl(url: string): void {
  if (!URL.canParse(url) || !/^postgres(ql)?:/.test(url))
    throw new AppError('INVALID_ARGUMENT', 'DATABASE_URL: a postgresql:// address is needed');
  const schema = new URL(url).searchParams.get('schema') ?? 'public';
  if (schema !== 'public')
    throw new AppError('INVALID_ARGUMENT', 'DATABASE_URL: only the schema "public" can be used');
}

function storesOn(client: DatabaseClient) {
  return {
    accounts: new PrismaAccountStore(client),
    secrets: new PrismaSecretStore(client),
    accountSettings: new PrismaAccountSettingsStore(client),
    idempotency: new PrismaIdempotencyStore(client),
    activations: new PrismaActivationStore(client),
    instances: new PrismaInstanceStore(client),
    sessions: new PrismaSessionStore(client),
  };
}

function connect(connection: Connection, embedded: EmbeddedDatabase | undefined): Database {
  const pool = openPool(connection);
  const client = new DatabaseClient(pool);
  const end = async () => {
    await client.close();
    await pool.end();
    await embedded?.stop();
  };
  let ending: Promise<void> | undefined;
  return {
    ...storesOn(client),
    ping: () => client.ping(),
    close: () => (ending ??= end()),
  };
}

/** `error` with the name of the setting that an operator would look at first. */
function named(config: DatabaseConfig, error: unknown): AppError {
  const setting = config.kind === 'url' ? 'DATABASE_URL' : 'SALLYPORT_DATA_DIR';
  const { code, message, retryable, cause } = toAppError(error);
  return new AppError(code, `${setting}: ${message}`, { cause, retryable });
}

/**
 * Opens durable state: starts the embedded database when there is no address, brings the schema up to date, connects.
 * @throws AppError `INVALID_ARGUMENT` (the message begins with the setting that is wrong), `DEPENDENCY_UNAVAILABLE` when
 *   the database does not answer, `INTERNAL` when it cannot be made, started or migrated
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  if (config.kind === 'url') checkUrl(config.url);
  const embedded = config.kind === 'embedded' ? await startEmbeddedDatabase(config.dataDir) : undefined;
  const connection = embedded?.connection ?? { url: (config as { url: string }).url };
  try {
    await migrate(connection);
    return connect(connection, embedded);
  } catch (error) {
    await embedded?.stop();
    throw named(config, error);
  }
}
