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

  it("13-cli-api: each call is known to be the key owner's, and not when a byte of its signature changes", async () => {
    const { events } = await prepare('13-cli-api');
    const wires = new ReplayWires(server.host);
    const calls = events.filter(({ dir, kind }) => dir === 'in' && kind === 'http-request');
    let verified = 0;
    for (const call of calls) {
      const [status, code] = await answerToSpoilt(wires, call);
      const { body } = await wires.request(call);
      const { Code } = JSON.parse(body) as { Code?: string };
      // Whether an action or a service exists is looked at before the signature.
      if (/^Invalid(Action|Version)/.test(code)) expect(Code).toBe(code);
      else {
        expect([status, code]).toEqual(SPOILT);
        expect(Code ?? 'none').not.toMatch(/Signature|AccessKey|TimeStamp|Token|Forbidden/);
        verified++;
      }
    }
    expect(verified).toBeGreaterThanOrEqual(8);
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
