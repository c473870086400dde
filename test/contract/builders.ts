import type { Activation, Instance } from '@sallyport/fleet';
import {
  newAccessKeyId,
  newAccountId,
  newActivationId,
  newManagedInstanceId,
  newNodeId,
  newSessionId,
  type AccountId,
} from '@sallyport/kernel';
import type { Account, AccessKeyRecord } from '@sallyport/iam';
import type { SessionRecord } from '@sallyport/session';

/** A moment to count from: with milliseconds, which a store must keep. */
export const T0 = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const REGION = 'local';

export const account = (changes: Partial<Account> = {}): Account => ({
  id: newAccountId(),
  name: 'an account',
  createdAtMs: T0,
  ...changes,
});

export const accessKey = (accountId: AccountId, changes: Partial<AccessKeyRecord> = {}): AccessKeyRecord => ({
  id: newAccessKeyId(),
  accountId,
  sealedSecret: 'sealed',
  status: 'Active',
  createdAtMs: T0,
  ...changes,
});

export const activation = (accountId: AccountId, changes: Partial<Activation> = {}): Activation => ({
  id: newActivationId(),
  accountId,
  region: REGION,
  codeHash: 'a'.repeat(64),
  instanceName: undefined,
  description: '',
  instanceCount: 10,
  timeToLiveHours: 4,
  ipAddressRange: undefined,
  tags: [],
  isDisabled: false,
  registeredCount: 0,
  deregisteredCount: 0,
  createdAtMs: T0,
  ...changes,
});

export const instance = (
  of: Pick<Activation, 'accountId' | 'id'>,
  changes: Partial<Instance> = {},
): Instance => ({
  id: newManagedInstanceId(),
  accountId: of.accountId,
  region: REGION,
  name: 'host-1',
  hostname: 'host-1',
  machineId: 'machine-1',
  publicKeyPem: '-----BEGIN PUBLIC KEY-----',
  osType: 'linux',
  osVersion: 'Debian 12',
  agentVersion: '1.0.0.1',
  intranetIp: '10.0.0.1',
  internetIp: '127.0.0.1',
  tags: [],
  activationId: of.id,
  registeredAtMs: T0,
  lastHeartbeatAtMs: undefined,
  ...changes,
});

export const session = (accountId: AccountId, changes: Partial<SessionRecord> = {}): SessionRecord => ({
  id: newSessionId(),
  accountId,
  region: REGION,
  instanceId: newManagedInstanceId(),
  principalArn: `acs:ram::${accountId}:root`,
  principalId: accountId,
  identityType: 'account',
  clientIp: '127.0.0.1',
  portNumber: undefined,
  targetServer: undefined,
  username: undefined,
  commandLine: undefined,
  state: 'created',
  nodeId: newNodeId(),
  createdAtMs: T0,
  urlExpiresAtMs: T0 + 600_000,
  openedAtMs: undefined,
  endedAtMs: undefined,
  endReason: undefined,
  failedDetail: undefined,
  ...changes,
});
