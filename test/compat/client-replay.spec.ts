import { launchPostgres, readTranscript, type TestPostgres, type Transcript } from '@sallyport/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerToSpoilt, ClientReplay, SPOILT } from './support/client-replay.js';
import { PuppetAgent } from './support/puppet-agent.js';
import { ReplayServer } from './support/replay-server.js';
import { ReplayWires } from './support/replay-wires.js';

const INSTANCE = 'i-wire0001';

let postgres: TestPostgres;
let server: ReplayServer;
let puppet: PuppetAgent;

beforeAll(async () => {
  postgres = await launchPostgres();
});
afterEach(async () => {
  puppet.close();
  await server.stop();
});
afterAll(() => postgres.stop());

async function prepare(name: string): Promise<Transcript> {
  const transcript = readTranscript(name);
  server = await ReplayServer.start(transcript.meta, await postgres.createDatabase());
  puppet = await PuppetAgent.online(server, INSTANCE);
  return transcript;
}

describe('the recorded command line', { timeout: 60_000 }, () => {
  it.each(['10-cli-session', '11-cli-portforward', '12-cli-ssh'])(
    '%s is served as recorded',
    async (name) => {
      const transcript = await prepare(name);
      const replay = new ClientReplay(server, puppet, transcript);
      await expect(replay.play()).resolves.toBeUndefined();
    },
  );

  it('13-cli-api: sessions are answered, actions and services this server lacks are not found; a changed signature is refused', async () => {
    const { events } = await prepare('13-cli-api');
    const wires = new ReplayWires(server.host);
    const calls = events.filter(({ dir, kind }) => dir === 'in' && kind === 'http-request');
    const answers = new Map<string, Set<string>>();
    for (const call of calls) {
      const action = /Action=(\w+)/.exec(call.query ?? '')?.[1] ?? '';
      const withToken = call.query?.includes('SecurityToken=') === true ? ' with a token' : '';
      const spoilt = await answerToSpoilt(wires, call);
      const { status, body } = await wires.request(call);
      const { RequestId, HostId, Code } = JSON.parse(body) as Record<string, string | undefined>;
      expect(RequestId).toEqual(expect.any(String));
      // Whether an action or a service exists is looked at before the signature.
      expect(spoilt).toEqual(status === 200 ? SPOILT : [status, Code]);
      if (status !== 200) expect(HostId).toEqual(expect.any(String));
      const name = `${action}${withToken}`;
      answers.set(name, (answers.get(name) ?? new Set()).add(`${status} ${Code ?? 'taken'}`));
    }
    expect(Object.fromEntries(answers)).toEqual({
      DescribeUserBusinessBehavior: new Set(['200 taken']),
      StartTerminalSession: new Set(['200 taken']),
      // The recorded key is a long-term one: the token beside it is signed, and says nothing.
      'DescribeUserBusinessBehavior with a token': new Set(['200 taken']),
      'StartTerminalSession with a token': new Set(['200 taken']),
      InvokeServiceInstanceOperationAPI: new Set(['400 InvalidVersion']),
      RunCommand: new Set(['404 InvalidAction.NotFound']),
      InvokeCommand: new Set(['404 InvalidAction.NotFound']),
      DescribeInvocationResults: new Set(['404 InvalidAction.NotFound']),
    });
    wires.close();
  });

  it('a replayed call is refused for its nonce', async () => {
    const { events } = await prepare('13-cli-api');
    const wires = new ReplayWires(server.host);
    const [call] = events.filter(({ kind }) => kind === 'http-request');
    if (!call) throw new Error('no call is recorded');
    expect((await wires.request(call)).status).toBe(200);
    const again = await wires.request(call);
    expect([again.status, (JSON.parse(again.body) as { Code: string }).Code]).toEqual([
      400,
      'SignatureNonceUsed',
    ]);
    wires.close();
  });
});
