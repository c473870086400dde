import { expectNoProcessLeft, until } from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOwnAgent, type RunningAgent } from './support/agents.js';
import { Deployment } from './support/deployment.js';
import { openShell } from './support/shell-clients.js';

describe('a server that is killed in the middle of work', () => {
  let deployment: Deployment;
  let agent: RunningAgent;

  beforeAll(async () => {
    deployment = await Deployment.start();
    agent = await runOwnAgent(deployment);
  });
  afterAll(async () => {
    await agent.stop();
    await deployment.stop();
    await expectNoProcessLeft();
  });

  it(
    'has every committed record after a restart, live sessions closed as lost',
    { timeout: 120_000 },
    async () => {
      const waiting = await deployment.startSession(agent.instanceId);
      const ended = await deployment.startSession(agent.instanceId);
      await deployment.rpc('EndTerminalSession', { SessionId: ended.sessionId });
      const client = await openShell('cli-1.01', deployment, agent.instanceId);
      // Records that are being written when the blow falls may be lost; those that were answered may not.
      const answered: string[] = [];
      const busy = Array.from({ length: 8 }, () => deployment.startSession(agent.instanceId));
      for (const start of busy)
        void start.then(({ sessionId }) => answered.push(sessionId)).catch(() => undefined);
      await until('an answer', () => answered.length > 0);
      const known = [waiting.sessionId, ended.sessionId, client.sessionId ?? '', ...answered];
      await deployment.server.kill();
      await Promise.allSettled(busy);
      await deployment.server.restart();
      for (const sessionId of known)
        expect(await deployment.session(sessionId)).toMatchObject({
          SessionId: sessionId,
          InstanceId: agent.instanceId,
        });
      expect(await deployment.session(ended.sessionId)).toMatchObject({ ClosedReason: 'EndedByApi' });
      expect(await deployment.session(client.sessionId ?? '')).toMatchObject({
        Status: 'Terminated',
        ClosedReason: 'NodeLost',
      });
    },
  );

  it('takes its agents and new sessions again', { timeout: 60_000 }, async () => {
    await until(
      'the agent to be back',
      async () => {
        const { status } = await deployment.call('StartTerminalSession', {
          'InstanceId.1': agent.instanceId,
        });
        return status === 200;
      },
      45_000,
    );
    const client = await openShell('cli-1.01', deployment, agent.instanceId);
    client.type('exit\r');
    await client.ended;
  });
});
