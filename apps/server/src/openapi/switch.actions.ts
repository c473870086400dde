import { Injectable } from '@nestjs/common';
import { AccountSettingsStore } from '@sallyport/iam';
import {
  describeUserBusinessBehavior,
  modifyUserBusinessBehavior,
  type DescribeUserBusinessBehaviorBody,
} from '@sallyport/openapi';
import { row, type ActionRow } from './action-row.js';

/** The account-wide session switch over the RPC API. */
@Injectable()
export class SwitchActions {
  readonly rows: readonly ActionRow[] = [
    row({
      action: describeUserBusinessBehavior,
      permission: 'ecs:DescribeUserBusinessBehavior',
      resources: () => ['*'],
      run: async (_, { principal }): Promise<DescribeUserBusinessBehaviorBody> => {
        const { isSessionManagerEnabled } = await this.settings.get(principal.accountId);
        return { StatusValue: isSessionManagerEnabled ? 'enabled' : 'disabled' };
      },
    }),
    row({
      action: modifyUserBusinessBehavior,
      permission: 'ecs:ModifyUserBusinessBehavior',
      resources: () => ['*'],
      run: async ({ statusValue }, { principal }) => {
        await this.settings.update(principal.accountId, {
          isSessionManagerEnabled: statusValue === 'enabled',
        });
        return {};
      },
    }),
  ];

  constructor(private readonly settings: AccountSettingsStore) {}
}
