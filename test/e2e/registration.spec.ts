import {
  expectNoProcessLeft,
  newAgentKeys,
  RegistrationRefused,
  registerStockAgent,
  StockAgentDouble,
  until,
  type AgentIdentity,
  type AgentServer,
  type RegisterOptions,
  type RpcAnswer,
} from '@sallyport/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isOnline } from './support/agents.js';
import { Deployment } from './support/deployment.js';

describe('the door for agents', () => {
  let deployment: Deployment;
  let server: AgentServer;
  const agents: StockAgentDouble[] = [];

  beforeAll(async () => {
    deployment = await Deployment.start();
    server = { host: new URL(deployment.server.httpsUrl).host, isSecure: true, ca: deployment.server.ca };
  });
  afterEach(() => {
    for (const agent of agents.splice(0)) agent.stop();
  });
  afterAll(async () => {
    await deployment.stop();
    await expectNoProcessLeft();
  });

  const register = async (options: Partial<RegisterOptions> = {}): Promise<AgentIdentity> => {
    const { id, code } = await deployment.activation(5);
    return await registerStockAgent({
      server,
      activationId: id,
      activationCode: code,
      regionId: 'local',
      ...options,
    });
  };
  const run = async (identity: AgentIdentity): Promise<StockAgentDouble> => {
    const agent = new StockAgentDouble({ server, identity });
    agents.push(agent);
    await agent.start();
    return agent;
  };
  const refused = async (registration: Promise<unknown>): Promise<{ code: unknown; instanceId: unknown }> => {
    const error: unknown = await registration.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof RegistrationRefused)) throw new Error(`not refused: ${String(error)}`);
    return JSON.parse(error.body) as { code: unknown; instanceId: unknown };
  };

  it.each([
    ['a wrong code', { activationCode: 'a-wrong' }],
    ['an unknown activation', { activationId: '00000000-0000-4000-8000-000000000000' }],
    ['no machine id', { machineId: '' }],
  ])('refuses %s in the form agents print', async (_what, options) => {
    expect(await refused(register(options))).toMatchObject({ code: 403, instanceId: '' });
  });

  it('takes an activation as often as it says, and no more', async () => {
    const { id, code } = await deployment.activation(2);
    const options = { server, activationId: id, activationCode: code, regionId: 'local' };
    const ids = [await registerStockAgent(options), await registerStockAgent(options)].map(
      ({ instanceId }) => instanceId,
    );
    expect(new Set(ids).size).toBe(2);
    expect(await refused(registerStockAgent(options))).toMatchObject({ code: 403 });
  });

  it('lets one of many win the last registration', async () => {
    const { id, code } = await deployment.activation(1);
    const options = { server, activationId: id, activationCode: code, regionId: 'local' };
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => registerStockAgent(options)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses an activation that was disabled, and one for other addresses', async () => {
    const { id, code } = await deployment.activation();
    await deployment.rpc('DisableActivation', { ActivationId: id });
    const options = { server, activationId: id, activationCode: code, regionId: 'local' };
    expect(await refused(registerStockAgent(options))).toMatchObject({ code: 403 });
    const elsewhere = await deployment.activation(1, { IpAddressRange: '192.0.2.0/24' });
    expect(
      await refused(
        registerStockAgent({ ...options, activationId: elsewhere.id, activationCode: elsewhere.code }),
      ),
    ).toMatchObject({ code: 403 });
  });

  it('refuses agents whose signature, machine or id is not the registered one', async () => {
    const identity = await register();
    for (const wrong of [
      { ...identity, ...newAgentKeys() },
      { ...identity, machineId: 'another' },
      { ...identity, instanceId: 'mi-0000000000000000000' },
    ]) {
      const agent = new StockAgentDouble({ server, identity: wrong });
      await expect(agent.start()).rejects.toMatchObject({ status: 401 });
      agent.stop();
    }
    await run(identity);
  });

  it('gives the newest agent of an instance the place, and tells the old one', async () => {
    const identity = await register();
    const first = await run(identity);
    const second = await run(identity);
    await until('the old control socket to close', () => !first.isConnected);
    expect(second.isConnected).toBe(true);
    await deployment.startSession(identity.instanceId);
    expect(await isOnline(deployment, identity.instanceId)).toBe(true);
    first.stop();
    expect(await isOnline(deployment, identity.instanceId)).toBe(true);
  });

  it('starts no session on an instance whose control socket is gone', async () => {
    const identity = await register();
    const agent = await run(identity);
    const start = (): Promise<RpcAnswer> =>
      deployment.call('StartTerminalSession', { 'InstanceId.1': identity.instanceId });
    expect((await start()).status).toBe(200);
    agent.stop();
    const refusal = await until('a refusal', async () => {
      const answer = await start();
      return answer.status !== 200 && answer;
    });
    expect([refusal.status, refusal.body['Code']]).toEqual([403, 'Operation.Forbidden']);
  });
});
