import type { AccessKeyId, AccountId } from '@sallyport/kernel';

/** A tenant. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly createdAtMs: number;
}

/** An access key at rest: its secret is sealed (see {@link SecretBox}) and never leaves iam in the clear except to verify. */
export interface AccessKeyRecord {
  readonly id: AccessKeyId;
  readonly accountId: AccountId;
  readonly sealedSecret: string;
  readonly status: 'Active' | 'Inactive';
  readonly createdAtMs: number;
}

/** Accounts and their access keys at rest. */
export abstract class AccountStore {
  /** The account that was made first, whose root is the deployment's admin; undefined before the first start. */
  abstract first(): Promise<Account | undefined>;
  abstract insert(account: Account): Promise<void>;
  /** By key id alone: the caller's account is what this look-up establishes. */
  abstract findAccessKey(id: AccessKeyId): Promise<AccessKeyRecord | undefined>;
  /** Inserts the key, or replaces secret and status of the one with the same id and account. */
  abstract putAccessKey(key: AccessKeyRecord): Promise<void>;
  abstract listAccessKeys(accountId: AccountId): Promise<readonly AccessKeyRecord[]>;
}

/** Deployment-wide secrets that every node must share (the ticket key), sealed. */
export abstract class SecretStore {
  abstract find(name: string): Promise<string | undefined>;
  /** Stores `sealed` under `name` unless something is there already; answers what is stored afterwards. */
  abstract putIfAbsent(name: string, sealed: string): Promise<string>;
}
