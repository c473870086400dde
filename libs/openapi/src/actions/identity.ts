import { defineAction } from '../action.js';
import { STS } from './versions.js';

/** `GetCallerIdentity` of STS; it has no parameters. */
export const getCallerIdentity = defineAction({
  name: 'GetCallerIdentity',
  version: STS,
  shape: {},
  target: [],
});

/** Answer to {@link getCallerIdentity}. */
export interface GetCallerIdentityBody {
  AccountId: string;
  Arn: string;
  IdentityType: 'Account' | 'RAMUser' | 'AssumedRoleUser';
  PrincipalId: string;
  /** Absent for an assumed role. */
  UserId?: string | undefined;
  /** Only for an assumed role. */
  RoleId?: string | undefined;
}
