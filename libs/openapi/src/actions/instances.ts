import { z } from 'zod';
import { defineAction, paged, PAGING_SHAPE } from '../action.js';
import { boolean, jsonTexts, oneOf, resourceGroup, text } from '../fields.js';
import type { PageMembers } from '../paging.js';
import { tagFilters, type TagMember } from '../tags.js';
import { ECS } from './versions.js';

const filter = z.string().optional();

/**
 * `DescribeInstances`, the documented subset. The filters on things that exist only in a cloud are read, so that a caller
 * who uses one is not given instances that do not match it.
 */
export const describeInstances = paged(
  defineAction({
    name: 'DescribeInstances',
    version: ECS,
    shape: {
      RegionId: text,
      InstanceIds: jsonTexts('InvalidInstanceIds.Malformed').optional(),
      InstanceName: filter,
      Status: oneOf('Pending', 'Running', 'Starting', 'Stopping', 'Stopped').optional(),
      VpcId: filter,
      VSwitchId: filter,
      ZoneId: filter,
      SecurityGroupId: filter,
      InstanceNetworkType: oneOf('vpc', 'classic').optional(),
      PrivateIpAddresses: jsonTexts().optional(),
      PublicIpAddresses: jsonTexts().optional(),
      EipAddresses: jsonTexts().optional(),
      ImageId: filter,
      InstanceType: filter,
      KeyPairName: filter,
      ResourceGroupId: resourceGroup,
      Tag: tagFilters,
      DryRun: boolean.default(false),
      ...PAGING_SHAPE,
    },
    target: ['InstanceIds'],
  }),
  { maxSize: 100, hasPageNumbers: true, clampFrom: 10 },
);

/** Parameters of {@link describeInstances}. */
export type DescribeInstancesParameters = ReturnType<typeof describeInstances.parse>;

/** An instance as {@link describeInstances} lists it: the members that a machine outside a cloud can have. */
export interface InstanceMember {
  InstanceId: string;
  InstanceName: string;
  HostName: string;
  Description: string;
  RegionId: string;
  /** `Running` while its agent is connected. */
  Status: 'Pending' | 'Running' | 'Starting' | 'Stopping' | 'Stopped';
  OSName: string;
  OSType: string;
  /** To the minute. */
  CreationTime: string;
  /** To the minute. */
  StartTime?: string | undefined;
  SerialNumber: string;
  InstanceNetworkType: 'vpc' | 'classic';
  PublicIpAddress: { IpAddress: string[] };
  InnerIpAddress: { IpAddress: string[] };
  VpcAttributes: { VpcId: string; VSwitchId: string; PrivateIpAddress: { IpAddress: string[] } };
  SecurityGroupIds: { SecurityGroupId: string[] };
  Tags: { Tag: TagMember[] };
}

/** Answer to {@link describeInstances}. */
export interface DescribeInstancesBody extends PageMembers {
  Instances: { Instance: InstanceMember[] };
}
