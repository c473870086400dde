import { expectNoProcessLeft } from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAgent, type AgentKind, type RunningAgent } from './support/agents.js';
import { Deployment } from './support/deployment.js';
import { CLIENT_KINDS, openShell } from './support/shell-clients.js';

const IDLE_S = 3;

describe.each<AgentKind>(['stock', 'own'])('a silent session of the %s agent', (agentKind) => {
  let deployment: Deployment;
  let agent: RunningAgent;

  beforeAll(async () => {
    deployment = await Deployment.start({ SALLYPORT_SESSION_IDLE_TIMEOUT_S: String(IDLE_S) });
    agent = await runAgent(agentKind, deployment);
  });
  afterAll(async () => {
    await agent.stop();
    await deployment.stop();
    await expectNoProcessLeft();
  });

  it.each(CLIENT_KINDS)('is cut after the idle time, and a %s client is told why', async (kind) => {
    const client = await openShell(kind, deployment, agent.instanceId);
    client.type('echo awake-$((1+1))\r');
    await client.output.line(/^awake-2$/);
    const lastPayloadMs = Date.now();
    const { said, exitCode } = await client.ended;
    const silenceMs = Date.now() - lastPayloadMs;
    expect(said).toContain('IdleTimeout');
    if (kind === 'own-cli') expect(exitCode).toBe(255);
    expect(silenceMs).toBeGreaterThan(IDLE_S * 1_000 - 500);
    expect(silenceMs).toBeLessThan(IDLE_S * 1_000 + 3_000);
    expect(agent.isHealthy()).toBe(true);
  });

  it('lives as long as something moves', async () => {
    const client = await openShell('cli-1.01', deployment, agent.instanceId);
    client.type(`for i in 1 2 3 4 5 6; do sleep 1; echo beat-$((i*11)); done\r`);
    await client.output.line(/^beat-66$/, 15_000);
    expect(agent.isHealthy()).toBe(true);
    client.leave();
  });
});
