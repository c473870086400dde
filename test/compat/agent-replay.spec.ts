import { launchPostgres, readTranscript, type TestPostgres, type TranscriptEvent } from '@sallyport/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AgentReplay } from './support/agent-replay.js';
import { ReplayServer } from './support/replay-server.js';
import { ReplayWires } from './support/replay-wires.js';

let postgres: TestPostgres;
let server: ReplayServer | undefined;

beforeAll(async () => {
  postgres = await launchPostgres();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => postgres.stop());

/** A server of its own for a recording, which knows the recorded machine. */
async function replayOf(name: string): Promise<AgentReplay> {
  const transcript = readTranscript(name);
  const { instanceId = '', machineId = '', publicKeyPem = '' } = transcript.meta;
  server = await ReplayServer.start(transcript.meta, await postgres.createDatabase());
  await server.addMachine({ instanceId, machineId, publicKeyPem });
  return new AgentReplay(server, transcript);
}

describe('the recorded agent', { timeout: 60_000 }, () => {
  it('registers: refused first, then taken', async () => {
    const { meta, events } = readTranscript('01-agent-register');
    server = await ReplayServer.start(meta, await postgres.createDatabase());
    const wires = new ReplayWires(server.host);
    const [refused, taken] = events.filter(({ kind }) => kind === 'http-request');
    if (!refused || !taken) throw new Error('two registrations are recorded');
    const refusal = await wires.request(refused);
    expect(refusal.status).toBe(200);
    expect(JSON.parse(refusal.body)).toMatchObject({ code: 403, instanceId: '' });
    const { activationId, activationCode } = JSON.parse(taken.body ?? '') as Record<string, string>;
    await server.addActivation(activationId ?? '', activationCode ?? '');
    const { status, body } = await wires.request(taken);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      code: 200,
      instanceId: expect.stringMatching(/^mi-[a-z0-9]{19}$/) as string,
    });
    const instances = await server.rpc('DescribeManagedInstances');
    expect(instances).toMatchObject({
      Instances: [
        {
          InstanceName: 'wire-instance',
          Hostname: 'wire-host',
          IntranetIp: '192.0.2.10',
          MachineId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
          Tags: [
            { TagKey: 'env', TagValue: 'test' },
            { TagKey: 'team', TagValue: 'wire' },
          ],
        },
      ],
    });
    wires.close();
  });

  it.each([
    ['02-agent-startup', 'every request and frame is answered as recorded'],
    ['08-agent-command', 'reports of command tasks are answered as recorded, though none can be started yet'],
    ['15-agent-idle', 'pings and heart-beats are answered as recorded'],
    ['16-agent-control-loss', 'each new control socket is taken, that which the recorder refused too'],
  ])('%s: %s', async (name) => {
    const replay = await replayOf(name);
    await expect(replay.play()).resolves.toBeUndefined();
  });

  it('03-agent-shell runs and ends', async () => {
    const replay = await replayOf('03-agent-shell');
    await replay.play();
    const id = 's-shell0000000000000000001';
    expect(await replay.printed(id)).toBe('Exit: session closed.\n');
    expect(await replay.endOf(id)).toMatchObject({ Status: 'Terminated', ClosedReason: 'AgentExited' });
  });

  it('04-agent-shell-stop is stopped through the API', async () => {
    const replay = await replayOf('04-agent-shell-stop');
    await replay.play();
    expect(await replay.endOf('s-stop00000000000000000001')).toMatchObject({ ClosedReason: 'EndedByApi' });
  });

  it('05-agent-port carries bytes and is stopped', async () => {
    const replay = await replayOf('05-agent-port');
    await replay.play();
    expect(await replay.endOf('p-port00000000000000000001')).toMatchObject({ ClosedReason: 'EndedByApi' });
  });

  it('06-agent-redial keeps its session over two losses', async () => {
    const replay = await replayOf('06-agent-redial');
    await replay.play();
    expect(await replay.endOf('s-redial000000000000000001')).toMatchObject({ ClosedReason: 'AgentExited' });
  });

  it('07-agent-refused: what fails is told to the client; kicks this server never sends leave no session', async () => {
    const replay = await replayOf('07-agent-refused');
    // Empty fetches, long and doubled channel ids.
    await replay.play(undefined, ({ t }) => t > 12_500);
    expect(await replay.printed('s-nouser000000000000000001')).toBe(
      'OpenPtyFailed: session closed for open pty failed.\n',
    );
    expect(await replay.endOf('s-root00000000000000000001')).toMatchObject({ ClosedReason: 'OpenPtyFailed' });
    expect(await replay.printed('p-noport000000000000000001')).toMatch(/^TargetUnreachable/);
    expect(await replay.endOf('s-nocmd0000000000000000001')).toMatchObject({ ClosedReason: 'OpenPtyFailed' });
    expect(await replay.printed('s-denied000000000000000001')).toBe(
      'OpenChannelFailed: session closed for open channel failed.\n',
    );
  });

  it('09-agent-deregister, by itself, once more unsigned, and by kick', async () => {
    const second = (event: TranscriptEvent): boolean => event.conn >= 3;
    const first = await replayOf('09-agent-deregister');
    await expect(first.play((event) => !second(event))).resolves.toBeUndefined();
    await server?.stop();
    const again = await replayOf('09-agent-deregister');
    await expect(again.play(second)).resolves.toBeUndefined();
    expect(await server?.rpc('DescribeManagedInstances')).toMatchObject({ TotalCount: 0 });
  });
});
