import { z } from 'zod';
import { defineAction } from '../action.js';
import { ECS } from './versions.js';

const statusKey = z.literal('sessionManagerStatus');

/** `DescribeUserBusinessBehavior`: reads the session switch of the account. `RegionId` plays no part. */
export const describeUserBusinessBehavior = defineAction({
  name: 'DescribeUserBusinessBehavior',
  version: ECS,
  shape: { statusKey },
  target: [],
});

/** Answer to {@link describeUserBusinessBehavior}. */
export interface DescribeUserBusinessBehaviorBody {
  /** ali-instance-cli refuses to go on when it is exactly `disabled`. */
  StatusValue: 'enabled' | 'disabled';
}

/** `ModifyUserBusinessBehavior`: sets the switch; answered by nothing but the request id. */
export const modifyUserBusinessBehavior = defineAction({
  name: 'ModifyUserBusinessBehavior',
  version: ECS,
  shape: { statusKey, statusValue: z.enum(['enabled', 'disabled']) },
  target: [],
});

/** Parameters of {@link modifyUserBusinessBehavior}. */
export type ModifyUserBusinessBehaviorParameters = ReturnType<typeof modifyUserBusinessBehavior.parse>;
