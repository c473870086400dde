import { launchPostgres, readTranscript, type TestPostgres } from '@sallyport/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PairReplay } from './support/pair-replay.js';
import { ReplayServer } from './support/replay-server.js';

let postgres: TestPostgres;
let server: ReplayServer;

beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(async () => {
  await server.stop();
  await postgres.stop();
});

it(
  '14-e2e-session: command line and agent are joined frame by frame as recorded',
  { timeout: 60_000 },
  async () => {
    const transcript = readTranscript('14-e2e-session');
    const { instanceId = '', machineId = '', publicKeyPem = '' } = transcript.meta;
    server = await ReplayServer.start(transcript.meta, await postgres.createDatabase());
    await server.addMachine({ instanceId, machineId, publicKeyPem });
    const { toAgent, toClient } = await new PairReplay(server, transcript).play();
    expect([toAgent, toClient]).toEqual([31, 31]);
  },
);
