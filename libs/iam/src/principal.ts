import type { AccessKeyId, AccountId } from '@sallyport/kernel';

/** Who makes a call, as established by authentication. */
export interface Principal {
  readonly accountId: AccountId;
  /** Users and role sessions join here with the accounts issue's identities. */
  readonly kind: 'root';
  /** `acs:ram::<accountId>:root` (RAM §1). */
  readonly arn: string;
  /** Stable id of the identity; the account id for the root. */
  readonly principalId: string;
  readonly accessKeyId: AccessKeyId;
}

/** The root identity of an account, as it appears with one of its access keys. */
export const rootPrincipal = (accountId: AccountId, accessKeyId: AccessKeyId): Principal => ({
  accountId,
  kind: 'root',
  arn: `acs:ram::${accountId}:root`,
  principalId: accountId,
  accessKeyId,
});
