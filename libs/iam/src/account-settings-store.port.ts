import type { AccountId } from '@sallyport/kernel';

/** What an account's admin has set; defaults where nothing was. */
export interface AccountSettings {
  /** The account-wide switch `sessionManagerStatus`; on by default. */
  readonly isSessionManagerEnabled: boolean;
}

/** Settings of accounts at rest. */
export abstract class AccountSettingsStore {
  abstract get(accountId: AccountId): Promise<AccountSettings>;
  abstract update(accountId: AccountId, changes: Partial<AccountSettings>): Promise<void>;
}
