import {
  newAccessKeyId,
  newAccountId,
  randomSecret,
  type AccessKeyId,
  type AccountId,
  type Clock,
} from '@sallyport/kernel';
import { accessKeyContext } from './access-keys.js';
import type { AccountStore } from './account-store.port.js';
import type { SecretBox } from './secret-box.js';

const SECRET_LENGTH = 30;

/** The first account's root key, in the clear: for the credentials file and nothing else. */
export interface RootCredentials {
  readonly accountId: AccountId;
  readonly accessKeyId: AccessKeyId;
  readonly accessKeySecret: string;
}

/**
 * Makes the first account and its root key at the first start; a later start finds them.
 * A key given by the operator is taken as the root key at every start.
 */
export async function bootstrapRoot(
  store: AccountStore,
  box: SecretBox,
  clock: Clock,
  given?: { readonly accessKeyId: string; readonly accessKeySecret: string },
): Promise<RootCredentials> {
  const accountId = (await store.first())?.id ?? (await makeAccount(store, clock));
  const known = given ? undefined : await firstActiveKey(store, box, accountId);
  if (known) return known;
  const accessKeyId = (given?.accessKeyId ?? newAccessKeyId()) as AccessKeyId;
  const accessKeySecret = given?.accessKeySecret ?? randomSecret(SECRET_LENGTH);
  await store.putAccessKey({
    id: accessKeyId,
    accountId,
    sealedSecret: box.seal(accessKeySecret, accessKeyContext(accessKeyId)),
    status: 'Active',
    createdAtMs: clock.nowMs(),
  });
  return { accountId, accessKeyId, accessKeySecret };
}

async function makeAccount(store: AccountStore, clock: Clock): Promise<AccountId> {
  const id = newAccountId();
  await store.insert({ id, name: 'root', createdAtMs: clock.nowMs() });
  return id;
}

async function firstActiveKey(
  store: AccountStore,
  box: SecretBox,
  accountId: AccountId,
): Promise<RootCredentials | undefined> {
  const key = (await store.listAccessKeys(accountId)).find(({ status }) => status === 'Active');
  if (!key) return undefined;
  return {
    accountId,
    accessKeyId: key.id,
    accessKeySecret: box.open(key.sealedSecret, accessKeyContext(key.id)),
  };
}
