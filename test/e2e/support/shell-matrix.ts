import { expectNoProcessLeft, until } from '@sallyport/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runAgent, type AgentKind, type RunningAgent } from './agents.js';
import { Deployment, FAST } from './deployment.js';
import { CLIENT_KINDS, openShell, type ShellClient } from './shell-clients.js';

/** Lines of `seq` that make a little more than 10 MB (10,000,000 bytes), carriage returns left out. */
const BIG_COUNT = 1_400_000;
const BIG_DEADLINE_MS = 120_000;

/** One agent of the matrix with each client: what a person at a terminal may expect. */
export function describeShells(agentKind: AgentKind): void {
  let deployment: Deployment;
  let agent: RunningAgent;
  let open: ShellClient[] = [];

  beforeAll(async () => {
    deployment = await Deployment.start(FAST);
    agent = await runAgent(agentKind, deployment);
  });
  afterEach(() => {
    for (const client of open) client.leave();
    open = [];
    expect(agent.isHealthy()).toBe(true);
  });
  afterAll(async () => {
    await agent.stop();
    await deployment.stop();
    await expectNoProcessLeft();
  });

  describe.each(CLIENT_KINDS)('a %s client', (kind) => {
    const shell = async (): Promise<ShellClient> => {
      const client = await openShell(kind, deployment, agent.instanceId);
      open.push(client);
      return client;
    };

    it('sees its own size, and the new one after a resize', async () => {
      const client = await shell();
      await sizeIs(client, '31 101');
      client.resize(24, 80);
      await sizeIs(client, '24 80');
    });

    it('gets characters of several bytes whole, both ways, wherever frames cut them', async () => {
      const client = await shell();
      client.type('printf "é€😀%.0s" $(seq 2000); echo; echo sent-$((2+3))\r');
      await client.output.line(/^sent-5$/);
      expect(client.output.lines().includes('é€😀'.repeat(2_000))).toBe(true);
      // One byte in each message.
      for (const byte of Buffer.from('printf é€😀 | od -An -tx1\r')) client.type(Uint8Array.of(byte));
      await client.output.line(/^ c3 a9 e2 82 ac f0 9f 98 80$/);
    });

    it('gets 10 MB complete and in order', { timeout: BIG_DEADLINE_MS + 30_000 }, async () => {
      const client = await shell();
      client.type(`seq 1 ${BIG_COUNT}; echo big-$((1+1))\r`);
      await client.output.line(/^big-2$/, BIG_DEADLINE_MS);
      const lines = client.output.lines();
      const first = lines.indexOf('1');
      expect(lines.indexOf('big-2') - first).toBe(BIG_COUNT);
      const numbers = lines.slice(first, first + BIG_COUNT);
      expect(numbers.findIndex((line, index) => line !== String(index + 1))).toBe(-1);
    });

    it('interrupts a program with Ctrl-C', async () => {
      const client = await shell();
      client.type('echo started-$((3+4)); sleep 600\r');
      await client.output.line(/^started-7$/);
      client.type('\x03');
      await client.output.match(/\^C/);
      client.type('echo status-$?\r');
      await client.output.line(/^status-130$/);
    });

    it('hears that the shell ended, and how where it can', async () => {
      const client = await shell();
      client.type('exit 7\r');
      const { said, exitCode } = await client.ended;
      if (kind === 'own-cli') expect(exitCode).toBe(agentKind === 'own' ? 7 : 0);
      else expect(said).toBe(kind === 'cli-1.01' ? 'Exit: session closed.' : 'Exit');
    });

    it('is told when the session is ended through the API', async () => {
      const client = await shell();
      const sessionId = client.sessionId ?? (await onlySession(deployment));
      await deployment.rpc('EndTerminalSession', { SessionId: sessionId });
      const { said, exitCode } = await client.ended;
      expect(said).toContain('EndedByApi');
      if (kind === 'own-cli') expect(exitCode).toBe(255);
      expect(await deployment.session(sessionId)).toMatchObject({
        Status: 'Terminated',
        ClosedReason: 'EndedByApi',
      });
    });

    it('ends its shell by leaving', async () => {
      const client = await shell();
      client.type('echo pid-$$-\r');
      const [, pid] = await client.output.line(/^pid-(\d+)-$/);
      client.leave();
      await until('the shell to be gone', () => !isRunning(Number(pid)));
    });
  });
}

async function sizeIs(client: ShellClient, size: string): Promise<void> {
  await until(`the size ${size}`, async () => {
    client.type('stty size\r');
    return await client.output.line(new RegExp(`^${size}$`), 500);
  });
}

/** The id of the one live session. */
async function onlySession(deployment: Deployment): Promise<string> {
  const answer = await deployment.rpc('DescribeTerminalSessions');
  const { Session } = answer['Sessions'] as {
    Session: readonly { SessionId: string; Connections: { Connection: readonly { Status: string }[] } }[];
  };
  const live = Session.filter(({ Connections }) => Connections.Connection[0]?.Status === 'Connected');
  const [session] = live;
  if (!session || live.length > 1) throw new Error(`${live.length} live sessions`);
  return session.SessionId;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
