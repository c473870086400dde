import { Cli101Terminal, expectNoProcessLeft, until, UpgradeRefused } from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runStockAgent, type RunningAgent } from './support/agents.js';
import { Deployment } from './support/deployment.js';

describe('the door for clients', () => {
  let deployment: Deployment;
  let agent: RunningAgent;

  beforeAll(async () => {
    deployment = await Deployment.start({ SALLYPORT_SESSION_URL_TTL_S: '2' });
    agent = await runStockAgent(deployment);
  });
  afterAll(async () => {
    await agent.stop();
    await deployment.stop();
    await expectNoProcessLeft();
  });

  const refusal = async (url: string): Promise<UpgradeRefused> => {
    const error: unknown = await Cli101Terminal.open({ url, ca: deployment.server.ca }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof UpgradeRefused)) throw new Error(`not refused: ${String(error)}`);
    return error;
  };

  it('refuses a forged ticket, whichever part is changed, and none at all', async () => {
    const { url, token } = await deployment.startSession(agent.instanceId);
    const parts = token.split('.');
    for (const index of parts.keys()) {
      const forged = parts.map((part, at) => (at === index ? changeMiddle(part) : part)).join('.');
      expect(await refusal(url.replace(token, forged))).toMatchObject({ status: 401, body: '' });
    }
    for (const nothing of ['', 'x', 'a.b.c'])
      expect(await refusal(url.replace(token, nothing))).toMatchObject({ status: 401, body: '' });
    expect(await refusal(url.replace(/&token=.*/, ''))).toMatchObject({ status: 401, body: '' });
  });

  it('refuses the ticket of another session', async () => {
    const [one, other] = [
      await deployment.startSession(agent.instanceId),
      await deployment.startSession(agent.instanceId),
    ];
    expect(await refusal(one.url.replace(one.sessionId, other.sessionId))).toMatchObject({
      status: 401,
      body: '',
    });
  });

  it('refuses a first use that comes too late', async () => {
    const { url, sessionId } = await deployment.startSession(agent.instanceId);
    await waitUntilFailed(deployment, sessionId);
    const { status, body } = await refusal(url);
    expect([401, 410]).toContain(status);
    expect(body).toBe('');
    expect(await deployment.session(sessionId)).toMatchObject({
      Status: 'Failed',
      ClosedReason: 'UrlExpired',
    });
  });

  it('refuses the ticket of a session that has ended', async () => {
    const { url, sessionId } = await deployment.startSession(agent.instanceId);
    await deployment.rpc('EndTerminalSession', { SessionId: sessionId });
    expect(await refusal(url)).toMatchObject({ status: 410, body: '' });
  });

  it('refuses a second client of a shell, and a channel that the session does not have', async () => {
    const { url } = await deployment.startSession(agent.instanceId);
    const cli = await Cli101Terminal.open({ url, ca: deployment.server.ca });
    expect(await refusal(url)).toMatchObject({ status: 409, body: '' });
    expect(await refusal(`${url}&channelId=${'0'.repeat(32)}`)).toMatchObject({ status: 404, body: '' });
    cli.terminate();
  });

  it('has nothing at other paths', async () => {
    const { url } = await deployment.startSession(agent.instanceId);
    expect(await refusal(url.replace('/session', '/sessions'))).toMatchObject({ status: 404, body: '' });
  });
});

/** Another character in the middle, where base64url has no unused bits. */
function changeMiddle(part: string): string {
  const at = Math.floor(part.length / 2);
  return `${part.slice(0, at)}${part[at] === 'A' ? 'B' : 'A'}${part.slice(at + 1)}`;
}

async function waitUntilFailed(deployment: Deployment, sessionId: string): Promise<void> {
  await until('the address to expire', async () => {
    const { Status } = await deployment.session(sessionId);
    return Status === 'Failed';
  });
}
