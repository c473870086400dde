import { Cli101Terminal, expectNoProcessLeft, until } from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runStockAgent, type RunningAgent } from './support/agents.js';
import { Deployment } from './support/deployment.js';
import { openShell } from './support/shell-clients.js';

describe('the limits of sessions', () => {
  let deployment: Deployment;
  let agents: RunningAgent[];

  beforeAll(async () => {
    deployment = await Deployment.start({
      SALLYPORT_LIMIT_SESSIONS_PER_REGION: '3',
      SALLYPORT_LIMIT_SESSIONS_PER_INSTANCE: '1',
    });
    agents = [await runStockAgent(deployment), await runStockAgent(deployment)];
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    await deployment.stop();
    await expectNoProcessLeft();
  });

  const start = async (
    agent: number,
  ): Promise<{ status: number; code: unknown; url: string; id: string }> => {
    const instanceId = agents[agent]?.instanceId ?? '';
    const { status, body } = await deployment.call('StartTerminalSession', { 'InstanceId.1': instanceId });
    return { status, code: body['Code'], url: String(body['WebSocketUrl']), id: String(body['SessionId']) };
  };

  it('are told with the standard code, and a slot comes back with the end of a session', async () => {
    const client = await openShell('cli-1.01', deployment, agents[0]?.instanceId ?? '');
    expect(await start(0)).toMatchObject({ status: 403, code: 'SessionCount.ExceedLimit' });
    const [second, third] = [await start(1), await start(1)];
    expect([second.status, third.status]).toEqual([200, 200]);
    expect(await start(1)).toMatchObject({ status: 403, code: 'SessionCount.ExceedLimit' });
    const attached = await Cli101Terminal.open({ url: second.url, ca: deployment.server.ca });
    const late = await Cli101Terminal.open({ url: third.url, ca: deployment.server.ca });
    expect((await late.ended).printed).toContain('SessionCount.ExceedLimit');
    for (const session of [second, third])
      await deployment.rpc('EndTerminalSession', { SessionId: session.id });
    await attached.ended;
    client.leave();
    await until('a free slot', async () => (await start(0)).status === 200);
  });
});
