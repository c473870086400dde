import { describe, expect, it } from 'vitest';
import type { RpcAction } from '../action.js';
import { RpcError } from '../rpc-error.js';
import {
  createActivation,
  deregisterManagedInstance,
  describeActivations,
  describeCloudAssistantStatus,
  describeInstances,
  describeManagedInstances,
  describeTerminalSessions,
  describeUserBusinessBehavior,
  endTerminalSession,
  getCallerIdentity,
  modifyManagedInstance,
  modifyUserBusinessBehavior,
  startTerminalSession,
} from './index.js';

const CONTEXT = { regionId: 'local' };
const REGION = { RegionId: 'local' };
type Pairs = Readonly<Record<string, string>>;

const parse = <P>(action: RpcAction<P>, pairs: Pairs = {}): P =>
  action.parse(new Map(Object.entries({ ...REGION, ...pairs })), CONTEXT);

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RpcError) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}

const check = (action: RpcAction, pairs: Pairs): string => refusal(() => parse(action, pairs));
const numbered = (name: string, count: number): Pairs =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}.${i + 1}`, `v${i}`]));
const tagged = (...keys: string[]): Pairs =>
  Object.fromEntries(keys.map((key, i) => [`Tag.${i + 1}.Key`, key]));

describe('every regional action', () => {
  it.each([
    startTerminalSession,
    endTerminalSession,
    createActivation,
    describeInstances,
    modifyManagedInstance,
  ])('$name wants the region that exists here', (action) => {
    expect(check(action, { RegionId: '' })).toBe('400 MissingParameter');
    expect(check(action, { RegionId: 'cn-hangzhou' })).toBe('404 InvalidRegionId.NotFound');
  });

  it('names a mandatory parameter that is absent', () => {
    expect(() => parse(endTerminalSession)).toThrow('SessionId');
    expect(check(endTerminalSession, {})).toBe('400 MissingParameter');
    expect(check(modifyManagedInstance, { InstanceId: 'mi-1' })).toBe('400 MissingParameter');
  });

  it('passes over unknown parameters', () => {
    expect(check(endTerminalSession, { SessionId: 's-1', OwnerId: '1', Foo: 'x' })).toBe('accepted');
  });
});

describe('StartTerminalSession', () => {
  const ID = { 'InstanceId.1': 'mi-1' };

  it('reads every parameter', () => {
    const parsed = parse(startTerminalSession, {
      'InstanceId.3': 'mi-1',
      PortNumber: '22',
      TargetServer: 'db.internal',
      Username: 'root',
      PasswordName: 'p',
      ConnectionType: 'Intranet',
      EncryptionOptions: '{"Enabled":true,"Mode":"Kms","KMSKeyId":"k"}',
      ClientToken: 't',
    });
    expect(parsed).toEqual({
      RegionId: 'local',
      InstanceId: 'mi-1',
      PortNumber: 22,
      TargetServer: 'db.internal',
      Username: 'root',
      PasswordName: 'p',
      ConnectionType: 'Intranet',
      EncryptionOptions: { Enabled: true, Mode: 'Kms', KMSKeyId: 'k' },
      ClientToken: 't',
    });
    expect(parse(startTerminalSession, ID)).toEqual({
      RegionId: 'local',
      InstanceId: 'mi-1',
      ConnectionType: 'Internet',
    });
  });

  it.each<[Pairs, string]>([
    [{ 'InstanceId.1': '' }, '400 MissingParameter'],
    [numbered('InstanceId', 2), '403 InvalidInstanceIds.CountLimitExceeded'],
    [numbered('InstanceId', 10), '403 InvalidInstanceIds.CountLimitExceeded'],
    [numbered('InstanceId', 11), '403 InstanceIds.ExceedLimit'],
    [{ PortNumber: '0' }, '400 PortNumber.Invalid'],
    [{ PortNumber: '1' }, 'accepted'],
    [{ PortNumber: '65535' }, 'accepted'],
    [{ PortNumber: '65536' }, '400 PortNumber.Invalid'],
    [{ PortNumber: 'ssh' }, '400 PortNumber.Invalid'],
    [{ PortNumber: '-22' }, '400 PortNumber.Invalid'],
    [{ PortNumber: '22.0' }, '400 PortNumber.Invalid'],
    [{ TargetServer: 'db' }, '403 InvalidTargetServer.MissingPortNumber'],
    [{ TargetServer: 'x'.repeat(128), PortNumber: '1' }, 'accepted'],
    [{ TargetServer: 'x'.repeat(129), PortNumber: '1' }, '403 InvalidTargetServer.LengthLimitExceeded'],
    [{ TargetServer: 'a b', PortNumber: '1' }, '400 InvalidParameter.TargetServer'],
    [{ CommandLine: 'x'.repeat(512) }, 'accepted'],
    [{ CommandLine: 'x'.repeat(513) }, '403 InvalidCommandLine.LengthLimitExceeded'],
    [{ CommandLine: 'ls', PortNumber: '22' }, '403 InvalidCommandLine.Conflict'],
    [{ CommandLine: 'ls', TargetServer: 'db' }, '403 InvalidCommandLine.Conflict'],
    [{ Username: 'x'.repeat(255) }, 'accepted'],
    [{ Username: 'x'.repeat(256) }, '403 Username.ExceedLimit'],
    [{ PasswordName: 'x'.repeat(255) }, 'accepted'],
    [{ PasswordName: 'x'.repeat(256) }, '403 InvalidPasswordName.LengthLimitExceeded'],
    [{ ConnectionType: 'Satellite' }, '400 InvalidParameter.ConnectionType'],
    [{ EncryptionOptions: '{' }, '400 InvalidParameter.EncryptionOptions'],
    [{ EncryptionOptions: '{"Mode":"Rot13"}' }, '400 InvalidParameter.EncryptionOptions'],
    [{ ClientToken: 'x'.repeat(64) }, 'accepted'],
    [{ ClientToken: 'x'.repeat(65) }, '400 InvalidParameter.ClientToken'],
    [{ ClientToken: 'ä' }, '400 InvalidParameter.ClientToken'],
  ])('answers %o with %s', (pairs, answer) => {
    expect(check(startTerminalSession, { ...ID, ...pairs })).toBe(answer);
  });

  it('gives authorisation its target without looking at the rest', () => {
    const params = new Map(Object.entries({ ...REGION, ...ID, PortNumber: 'x' }));
    expect(startTerminalSession.parseTarget(params, CONTEXT).InstanceId).toBe('mi-1');
    params.delete('InstanceId.1');
    expect(refusal(() => startTerminalSession.parseTarget(params, CONTEXT))).toBe('400 MissingParameter');
  });
});

describe('DescribeTerminalSessions', () => {
  it('pages by token only, 1 to 100', () => {
    const { page } = parse(describeTerminalSessions, { PageNumber: '2', PageSize: '5' });
    expect(page).toMatchObject({ query: { limit: 10 }, number: undefined });
    expect(check(describeTerminalSessions, { MaxResults: '100' })).toBe('accepted');
    expect(check(describeTerminalSessions, { MaxResults: '101' })).toBe('400 InvalidParameter.MaxResults');
    expect(check(describeTerminalSessions, { NextToken: 'x' })).toBe('400 InvalidParameter.NextToken');
  });

  it('takes an empty token for the first page', () => {
    expect(check(describeTerminalSessions, { NextToken: '' })).toBe('accepted');
  });
});

describe('the session switch', () => {
  it('is named by statusKey or StatusKey, in any region', () => {
    const key = 'sessionManagerStatus';
    expect(check(describeUserBusinessBehavior, { RegionId: 'x', statusKey: key })).toBe('accepted');
    expect(check(describeUserBusinessBehavior, { StatusKey: key })).toBe('accepted');
    const set = parse(modifyUserBusinessBehavior, { StatusKey: key, StatusValue: 'disabled' });
    expect(set).toEqual({ statusKey: key, statusValue: 'disabled' });
  });

  it('refuses other keys and values', () => {
    expect(check(describeUserBusinessBehavior, {})).toBe('400 MissingParameter');
    expect(check(describeUserBusinessBehavior, { statusKey: 'x' })).toBe('400 InvalidParameter.statusKey');
    const pairs = { statusKey: 'sessionManagerStatus', statusValue: 'Disabled' };
    expect(check(modifyUserBusinessBehavior, pairs)).toBe('400 InvalidParameter.statusValue');
  });
});

describe('DescribeCloudAssistantStatus', () => {
  it('answers all ids in one page, whatever paging says', () => {
    const parsed = parse(describeCloudAssistantStatus, { ...numbered('InstanceId', 100), MaxResults: '5' });
    expect(parsed.InstanceId).toHaveLength(100);
    expect(parsed.page).toMatchObject({ query: { limit: 100 }, number: { pageNumber: 1, pageSize: 100 } });
    expect(check(describeCloudAssistantStatus, numbered('InstanceId', 101))).toBe(
      '403 InstanceIds.ExceedLimit',
    );
  });

  it('knows three systems in any case', () => {
    expect(parse(describeCloudAssistantStatus, { OSType: 'LINUX' }).OSType).toBe('Linux');
    expect(check(describeCloudAssistantStatus, { OSType: 'BeOS' })).toBe('400 InvalidParameter.OSType');
  });
});

describe('CreateActivation', () => {
  it('has defaults', () => {
    expect(parse(createActivation)).toEqual({ RegionId: 'local', InstanceCount: 10, TimeToLiveInHours: 4 });
  });

  it('attaches tags, an absent value being empty', () => {
    const { Tag } = parse(createActivation, { ...tagged('a', 'b'), 'Tag.2.Value': 'v' });
    expect(Tag).toEqual([
      { Key: 'a', Value: '' },
      { Key: 'b', Value: 'v' },
    ]);
  });

  it.each<[Pairs, string]>([
    [{ InstanceCount: '0' }, '400 ActivationLimitation.Invalid'],
    [{ InstanceCount: '1000' }, 'accepted'],
    [{ InstanceCount: '1001' }, '400 ActivationLimitation.Invalid'],
    [{ TimeToLiveInHours: '0' }, '400 ActivationTTL.ExceedLimit'],
    [{ TimeToLiveInHours: '876576' }, 'accepted'],
    [{ TimeToLiveInHours: '876577' }, '400 ActivationTTL.ExceedLimit'],
    [{ Description: 'x'.repeat(100) }, 'accepted'],
    [{ Description: 'x'.repeat(101) }, '400 ActivationDesc.ExceedLimit'],
    [{ InstanceName: 'a' }, '400 InstanceName.ExceedLimit'],
    [{ InstanceName: `a${'1'.repeat(49)}` }, 'accepted'],
    [{ InstanceName: `a${'1'.repeat(50)}` }, '400 InstanceName.ExceedLimit'],
    [{ InstanceName: '机器_1.x-y:z' }, 'accepted'],
    [{ InstanceName: '1abc' }, '400 InstanceName.InvalidPattern'],
    [{ InstanceName: 'a b' }, '400 InstanceName.InvalidPattern'],
    [{ InstanceName: 'http://x' }, '400 InstanceName.InvalidPattern'],
    [{ IpAddressRange: '10.0.0.1' }, 'accepted'],
    [{ IpAddressRange: '10.0.0.0/8' }, 'accepted'],
    [{ IpAddressRange: '2001:db8::1' }, 'accepted'],
    [{ IpAddressRange: '2001:db8::/32' }, 'accepted'],
    [{ IpAddressRange: '10.0.0.0/33' }, '400 AddressRange.InvalidPattern'],
    [{ IpAddressRange: '10.0.0.256' }, '400 AddressRange.InvalidPattern'],
    [{ IpAddressRange: 'everywhere' }, '400 AddressRange.InvalidPattern'],
    [{ ResourceGroupId: 'rg-1' }, '404 InvalidResourceGroup.NotFound'],
    [tagged(...Array.from({ length: 20 }, (_, i) => `k${i}`)), 'accepted'],
    [tagged(...Array.from({ length: 21 }, (_, i) => `k${i}`)), '400 NumberExceed.Tags'],
    [{ 'Tag.1.Value': 'v' }, '400 MissingParameter.TagKey'],
    [tagged(''), '400 MissingParameter.TagKey'],
    [tagged('a', 'a'), '400 Duplicate.TagKey'],
    [tagged('x'.repeat(64)), 'accepted'],
    [tagged('x'.repeat(65)), '400 InvalidTagKey.Malformed'],
    [tagged('aliyun1'), '400 InvalidTagKey.Malformed'],
    [tagged('acs:x'), '400 InvalidTagKey.Malformed'],
    [tagged('see http://x'), '400 InvalidTagKey.Malformed'],
    [{ ...tagged('a'), 'Tag.1.Value': 'x'.repeat(128) }, 'accepted'],
    [{ ...tagged('a'), 'Tag.1.Value': 'x'.repeat(129) }, '400 InvalidTagValue.Malformed'],
    [{ ...tagged('a'), 'Tag.1.Value': 'https://x' }, '400 InvalidTagValue.Malformed'],
  ])('answers %o with %s', (pairs, answer) => {
    expect(check(createActivation, pairs)).toBe(answer);
  });
});

describe('DescribeActivations', () => {
  it('filters by a tag with any value when it has none', () => {
    expect(parse(describeActivations, tagged('a')).Tag).toEqual([{ Key: 'a' }]);
    expect(parse(describeActivations, { ...tagged('a'), 'Tag.1.Value': '' }).Tag).toEqual([
      { Key: 'a', Value: '' },
    ]);
  });

  it('binds a page to its filters', () => {
    const filters = (pairs: Pairs) => parse(describeActivations, pairs).page.filters;
    expect(filters({ InstanceName: 'a' })).toBe(filters({ InstanceName: 'a', MaxResults: '20' }));
    expect(filters({ InstanceName: 'a' })).not.toBe(filters({ InstanceName: 'b' }));
    expect(filters({})).not.toBe(parse(describeManagedInstances).page.filters);
  });
});

describe('managed instances', () => {
  it('are filtered by ids, presence and machine', () => {
    const parsed = parse(describeManagedInstances, { ...numbered('InstanceId', 50), Connected: 'True' });
    expect(parsed).toMatchObject({ Connected: true, InstanceId: { length: 50 } });
    expect(check(describeManagedInstances, numbered('InstanceId', 51))).toBe('403 InstanceIds.ExceedLimit');
    expect(check(describeManagedInstances, { Connected: 'maybe' })).toBe('400 InvalidParameter.Connected');
    expect(check(describeManagedInstances, { MachineId: 'x'.repeat(37) })).toBe(
      '400 InvalidParameter.MachineId',
    );
    expect(check(describeManagedInstances, { PageSize: '51' })).toBe('400 InvalidParam.PageSize');
  });

  it('are renamed to 2 to 128 characters', () => {
    const rename = (InstanceName: string) =>
      check(modifyManagedInstance, { InstanceId: 'mi-1', InstanceName });
    expect(rename('ab')).toBe('accepted');
    expect(rename('x'.repeat(128))).toBe('accepted');
    expect(rename('x'.repeat(129))).toBe('400 InstanceName.ExceedLimit');
  });

  it('are deregistered by id', () => {
    expect(parse(deregisterManagedInstance, { InstanceId: 'mi-1' }).InstanceId).toBe('mi-1');
    expect(check(deregisterManagedInstance, {})).toBe('400 MissingParameter');
  });
});

describe('DescribeInstances', () => {
  const ids = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => `i-${i}`));

  it('reads ids from JSON text', () => {
    expect(parse(describeInstances, { InstanceIds: '["i-a","i-b"]' }).InstanceIds).toEqual(['i-a', 'i-b']);
  });

  it.each<[Pairs, string]>([
    [{ InstanceIds: ids(100) }, 'accepted'],
    [{ InstanceIds: ids(101) }, '400 InvalidParameter.InstanceIds'],
    [{ InstanceIds: 'i-a' }, '400 InvalidInstanceIds.Malformed'],
    [{ InstanceIds: '{}' }, '400 InvalidInstanceIds.Malformed'],
    [{ InstanceIds: '[1]' }, '400 InvalidInstanceIds.Malformed'],
    [{ PrivateIpAddresses: 'x' }, '400 InvalidParameter.PrivateIpAddresses'],
    [{ Status: 'Sleeping' }, '400 InvalidParameter.Status'],
    [{ DryRun: 'perhaps' }, '400 InvalidParameter.DryRun'],
  ])('answers %o with %s', (pairs, answer) => {
    expect(check(describeInstances, pairs)).toBe(answer);
  });

  it('moves MaxResults into 10 to 100', () => {
    expect(parse(describeInstances, { MaxResults: '1' }).page.query.limit).toBe(10);
    expect(parse(describeInstances, { MaxResults: '1000' }).page.query.limit).toBe(100);
  });
});

describe('GetCallerIdentity', () => {
  it('has no parameters, not even a region', () => {
    expect(getCallerIdentity.parse(new Map([['RegionId', 'anywhere']]), CONTEXT)).toEqual({});
  });
});
