import {
  registerStockAgent,
  StockAgentDouble,
  startServer,
  type AgentIdentity,
  type ServerProcess,
} from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecsSdks, stsSdk, type Sdk, type SdkError } from './support/sdks.js';

let server: ServerProcess;
let sdks: readonly Sdk[];

beforeAll(async () => {
  server = await startServer();
  sdks = ecsSdks(server);
}, 90_000);

afterAll(() => server.stop());

/** The code of what an SDK throws. */
const refusal = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no refusal',
    (error: unknown) => (error as SdkError).code,
  );

/** A machine that registers with an activation made by the SDK, and is online. */
async function joinMachine(
  sdk: Sdk,
): Promise<{ agent: StockAgentDouble; identity: AgentIdentity; activationId: string }> {
  const created = await sdk.call('CreateActivation', { InstanceName: 'compat', InstanceCount: 3 });
  const host = { host: new URL(server.httpUrl).host, isSecure: false };
  const identity = await registerStockAgent({
    server: host,
    activationId: String(created['ActivationId']),
    activationCode: String(created['ActivationCode']),
    regionId: 'local',
  });
  const agent = new StockAgentDouble({ server: host, identity });
  await agent.start();
  return { agent, identity, activationId: String(created['ActivationId']) };
}

/** Names of the clients; they exist only once the server runs. */
const CLIENTS = [
  '@alicloud/ecs20140526, V3, HTTP',
  '@alicloud/ecs20140526, V3, TLS',
  '@alicloud/ecs20140526, V1, HTTP',
  '@alicloud/pop-core, GET, HTTP',
  '@alicloud/pop-core, POST, TLS',
];

describe.each(CLIENTS)('%s', (name) => {
  let sdk: Sdk;
  let machine: Awaited<ReturnType<typeof joinMachine>>;

  beforeAll(async () => {
    const found = sdks.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`no client ${name}`);
    sdk = found;
    machine = await joinMachine(sdk);
  });

  afterAll(() => machine.agent.stop());

  it('starts a session, lists it and ends it', async () => {
    const { instanceId } = machine.identity;
    const started = await sdk.call('StartTerminalSession', { InstanceId: [instanceId] });
    const sessionId = String(started['SessionId']);
    expect(sessionId).toMatch(/^s-[a-z0-9]{20}$/);
    const url = new URL(String(started['WebSocketUrl']));
    expect([url.protocol, url.pathname]).toEqual(['wss:', '/session']);
    expect(url.searchParams.get('sessionId')).toBe(sessionId);
    expect(url.searchParams.get('token')).toBe(started['SecurityToken']);

    const list = () => sdk.call('DescribeTerminalSessions', { SessionId: sessionId });
    expect(await list()).toMatchObject({
      Sessions: {
        Session: [
          {
            SessionId: sessionId,
            Connections: { Connection: [{ InstanceId: instanceId, Status: 'Connecting' }] },
          },
        ],
      },
    });
    await sdk.call('EndTerminalSession', { SessionId: sessionId });
    await expect.poll(list).toMatchObject({
      Sessions: {
        Session: [{ Connections: { Connection: [{ Status: 'Failed', ClosedReason: 'EndedByApi' }] } }],
      },
    });
  });

  it('names the reason of a refused session', async () => {
    const start = (parameters: object) => refusal(sdk.call('StartTerminalSession', { ...parameters }));
    expect(await start({ InstanceId: ['mi-nobody'] })).toBe('InvalidInstance.NotFound');
    const InstanceId = [machine.identity.instanceId];
    expect(await start({ InstanceId, TargetServer: '10.0.0.1' })).toBe(
      'InvalidTargetServer.MissingPortNumber',
    );
    expect(await start({ InstanceId, PortNumber: 80, TargetServer: '169.254.169.254' })).toBe(
      'Operation.Forbidden',
    );
    expect(await start({ InstanceId, PortNumber: 22, CommandLine: 'ls' })).toBe(
      'InvalidCommandLine.Conflict',
    );
    expect(await start({ InstanceId: [...InstanceId, 'mi-other'] })).toBe(
      'InvalidInstanceIds.CountLimitExceeded',
    );
  });

  it('sees the machine, renames it', async () => {
    const { instanceId } = machine.identity;
    const ids = { InstanceId: [instanceId] };
    await sdk.call('ModifyManagedInstance', { InstanceId: instanceId, InstanceName: 'renamed-one' });
    expect(await sdk.call('DescribeManagedInstances', ids)).toMatchObject({
      TotalCount: 1,
      Instances: [
        { InstanceId: instanceId, InstanceName: 'renamed-one', Connected: true, AgentVersion: '1.0.0.1' },
      ],
    });
    expect(await sdk.call('DescribeCloudAssistantStatus', ids)).toMatchObject({
      InstanceCloudAssistantStatusSet: {
        InstanceCloudAssistantStatus: [
          { InstanceId: instanceId, CloudAssistantStatus: 'true', SupportSessionManager: true },
        ],
      },
    });
    expect(await sdk.call('DescribeInstances', { InstanceIds: JSON.stringify([instanceId]) })).toMatchObject({
      Instances: { Instance: [] },
    });
  });

  it('switches the feature off and on', async () => {
    const statusKey = 'sessionManagerStatus';
    const status = async () => (await sdk.call('DescribeUserBusinessBehavior', { statusKey }))['StatusValue'];
    await sdk.call('ModifyUserBusinessBehavior', { statusKey, statusValue: 'disabled' });
    expect(await status()).toBe('disabled');
    const start = sdk.call('StartTerminalSession', { InstanceId: [machine.identity.instanceId] });
    expect(await refusal(start)).toBe('UserBehavior.SessionManagerDisabled');
    await sdk.call('ModifyUserBusinessBehavior', { statusKey, statusValue: 'enabled' });
    expect(await status()).toBe('enabled');
  });

  it('keeps an activation that is in use, deletes one that is not', async () => {
    const { activationId } = machine;
    expect(await sdk.call('DescribeActivations', { ActivationId: activationId })).toMatchObject({
      ActivationList: [{ ActivationId: activationId, RegisteredCount: 1, InstanceCount: 3, Disabled: false }],
    });
    expect(await refusal(sdk.call('DeleteActivation', { ActivationId: activationId }))).toBe(
      'ActivationId.InUse',
    );
    expect(await sdk.call('DisableActivation', { ActivationId: activationId })).toMatchObject({
      Activation: { ActivationId: activationId, Disabled: true },
    });
    const { ActivationId } = await sdk.call('CreateActivation', {});
    await sdk.call('DeleteActivation', { ActivationId });
    expect(await refusal(sdk.call('DeleteActivation', { ActivationId }))).toBe('ActivationId.NotFound');
  });

  it('gives a repeated call with a client token its first answer', async () => {
    const parameters = { ClientToken: `token-${name}`.slice(0, 64).replaceAll(' ', ''), Description: 'once' };
    const first = await sdk.call('CreateActivation', parameters);
    const again = await sdk.call('CreateActivation', parameters);
    expect([again['ActivationId'], again['ActivationCode']]).toEqual([
      first['ActivationId'],
      first['ActivationCode'],
    ]);
    const other = sdk.call('CreateActivation', { ...parameters, Description: 'twice' });
    expect(await refusal(other)).toBe('IdempotentParameterMismatch');
  });

  it('removes a machine for good', async () => {
    const { agent, identity } = await joinMachine(sdk);
    const { instanceId: InstanceId } = identity;
    expect(await sdk.call('DeregisterManagedInstance', { InstanceId })).toMatchObject({
      Instance: { InstanceId },
    });
    expect(await refusal(sdk.call('DeregisterManagedInstance', { InstanceId }))).toBe(
      'InvalidInstance.NotFound',
    );
    agent.stop();
  });
});

it('STS tells the caller who they are', async () => {
  const { accountId } = server.root;
  expect(await stsSdk(server).call('GetCallerIdentity', {})).toMatchObject({
    AccountId: accountId,
    Arn: `acs:ram::${accountId}:root`,
    IdentityType: 'Account',
  });
});
