import { join } from 'node:path';
import {
  bootstrapRoot,
  loadTicketKey,
  SecretBox,
  type RootCredentials,
  type TicketKey,
} from '@sallyport/iam';
import { newNodeId, type Clock, type NodeId } from '@sallyport/kernel';
import { openDatabase, type Database } from '@sallyport/persistence';
import {
  loadMasterKey,
  prepareDataDir,
  writeSecretFile,
  type Logger,
  type Settings,
} from '@sallyport/platform';

/** What must be there before the application can be put together. */
export interface Foundation {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeId: NodeId;
  readonly database: Database;
  readonly secretBox: SecretBox;
  readonly ticketKey: TicketKey;
  readonly root: RootCredentials;
}

/**
 * Lays the foundation: data directory, database, keys, first account.
 * @throws SettingsError, or AppError when the database cannot be had
 */
export async function layFoundation(settings: Settings, clock: Clock, logger: Logger): Promise<Foundation> {
  await prepareDataDir(settings.dataDir);
  const secretBox = new SecretBox(await loadMasterKey(settings));
  const { url } = settings.database;
  const database = await openDatabase(
    url === undefined ? { kind: 'embedded', dataDir: settings.dataDir } : { kind: 'url', url },
  );
  try {
    const ticketKey = await loadTicketKey(database.secrets, secretBox);
    const root = await bootstrapRoot(database.accounts, secretBox, clock, settings.rootKey);
    return { settings, clock, logger, nodeId: newNodeId(), database, secretBox, ticketKey, root };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Leaves the root key where the operator finds it: `<data>/root-credentials.json`, readable by this user alone. */
export async function writeRootCredentials({ settings, root }: Foundation, endpoint: string): Promise<void> {
  const file = join(settings.dataDir, 'root-credentials.json');
  await writeSecretFile(file, `${JSON.stringify({ ...root, endpoint }, undefined, 2)}\n`);
}
