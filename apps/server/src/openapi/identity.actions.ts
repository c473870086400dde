import { Injectable } from '@nestjs/common';
import { getCallerIdentity, type GetCallerIdentityBody } from '@sallyport/openapi';
import { row, type ActionRow } from './action-row.js';

/** STS over the RPC API. */
@Injectable()
export class IdentityActions {
  readonly rows: readonly ActionRow[] = [
    row({
      action: getCallerIdentity,
      // Whoever can sign may ask who they are (RAM, "RAM and STS actions").
      permission: undefined,
      resources: () => [],
      run: (_, { principal }): Promise<GetCallerIdentityBody> =>
        Promise.resolve({
          AccountId: principal.accountId,
          Arn: principal.arn,
          IdentityType: 'Account',
          PrincipalId: principal.principalId,
          UserId: principal.principalId,
        }),
    }),
  ];
}
