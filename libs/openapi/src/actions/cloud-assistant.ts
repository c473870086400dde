import { z } from 'zod';
import { defineAction, paged, PAGING_SHAPE } from '../action.js';
import { oneOf, text } from '../fields.js';
import type { PageMembers } from '../paging.js';
import type { RpcCode } from '../rpc-codes.js';
import { ECS } from './versions.js';

const MAX_IDS = 100;

const action = defineAction({
  name: 'DescribeCloudAssistantStatus',
  version: ECS,
  shape: {
    RegionId: text,
    InstanceId: z
      .array(z.string())
      .max(MAX_IDS, 'InstanceIds.ExceedLimit' satisfies RpcCode)
      .optional(),
    OSType: oneOf('Windows', 'Linux', 'FreeBSD').optional(),
    ...PAGING_SHAPE,
  },
  target: ['InstanceId'],
});

const pagedAction = paged(action, { maxSize: 50, hasPageNumbers: true });

/** `DescribeCloudAssistantStatus`; with ids, one page has all of them, whatever paging says. */
export const describeCloudAssistantStatus: typeof pagedAction = {
  ...pagedAction,
  parse: (params, context) => {
    const parsed = pagedAction.parse(params, context);
    if (!parsed.InstanceId) return parsed;
    const number = { pageNumber: 1, pageSize: parsed.InstanceId.length };
    return { ...parsed, page: { ...parsed.page, query: { limit: MAX_IDS }, number } };
  },
};

/** Parameters of {@link describeCloudAssistantStatus}. */
export type DescribeCloudAssistantStatusParameters = ReturnType<typeof describeCloudAssistantStatus.parse>;

/** One row of {@link describeCloudAssistantStatus}. */
export interface CloudAssistantStatusMember {
  InstanceId: string;
  /** A heart-beat came within the last 2 minutes. */
  CloudAssistantStatus: 'true' | 'false';
  /** Empty when no agent is there. */
  CloudAssistantVersion: string;
  OSType: string;
  SupportSessionManager: boolean;
  ActiveTaskCount: number;
  InvocationCount: number;
  LastHeartbeatTime?: string | undefined;
  LastInvokedTime?: string | undefined;
}

/** Answer to {@link describeCloudAssistantStatus}. */
export interface DescribeCloudAssistantStatusBody extends PageMembers {
  InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: CloudAssistantStatusMember[] };
}
