import type { InstanceId } from '@sallyport/kernel';
import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import type { AgentDirectory } from './agent-directory.port.js';
import { Heartbeats } from './heartbeats.js';
import type { Heartbeat, Instance, InstanceStore } from './instance-store.port.js';

function makeStage() {
  const clock = new FakeClock();
  const calls: string[] = [];
  const written: (readonly Heartbeat[])[] = [];
  const errors: unknown[] = [];
  const state = { isAway: false };
  const note = (what: string) => (id: InstanceId) => Promise.resolve(void calls.push(`${what} ${id}`));
  const directory = { starting: note('starting'), ready: note('ready'), heartbeat: note('beat') };
  const touch = (beats: readonly Heartbeat[]) =>
    state.isAway
      ? new Promise<void>((_, reject) => setImmediate(() => reject(new Error('away'))))
      : Promise.resolve(void written.push(beats));
  const heartbeats = new Heartbeats(
    directory as unknown as AgentDirectory,
    { touch } as unknown as InstanceStore,
    clock,
    (error) => errors.push(error),
  );
  const beat = (id: string, ip = '192.0.2.1', isFirst = false) =>
    heartbeats.beat({ id } as Instance, ip, '1.0.0.1', isFirst);
  return { clock, calls, written, errors, state, heartbeats, beat };
}

describe('heart-beats', () => {
  it('tell presence at once and the database together, ten seconds later', async () => {
    const { beat, calls, written, clock } = makeStage();
    await beat('mi-1', '192.0.2.1', true);
    await beat('mi-2');
    await beat('mi-1', '192.0.2.9');
    expect(calls).toEqual([
      'starting mi-1',
      'beat mi-1',
      'ready mi-2',
      'beat mi-2',
      'ready mi-1',
      'beat mi-1',
    ]);
    clock.advance(9_999);
    expect(written).toEqual([]);
    await clock.advanceAsync(1);
    expect(
      written.map((beats) => beats.map(({ instanceId, internetIp }) => [instanceId, internetIp])),
    ).toEqual([
      [
        ['mi-1', '192.0.2.9'],
        ['mi-2', '192.0.2.1'],
      ],
    ]);
  });

  it('ask for the next one at a distance that stock agents keep', async () => {
    const { beat } = makeStage();
    for (let i = 0; i < 50; i++) {
      const nextMs = await beat('mi-1');
      expect(nextMs).toBeGreaterThanOrEqual(55_000);
      expect(nextMs).toBeLessThanOrEqual(65_000);
    }
  });

  it('wait while the database is away; the newest of each instance is written in the end', async () => {
    const { beat, written, errors, state, clock } = makeStage();
    state.isAway = true;
    await beat('mi-1', '192.0.2.1');
    await clock.advanceAsync(10_000, 10_000);
    expect(errors).toHaveLength(1);
    await beat('mi-1', '192.0.2.2');
    state.isAway = false;
    await clock.advanceAsync(10_000, 10_000);
    expect(written.flat().map(({ internetIp }) => internetIp)).toEqual(['192.0.2.2']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are written once, however the writing before went and whatever came in between', async () => {
    const { beat, written, state, heartbeats, clock } = makeStage();
    state.isAway = true;
    await beat('mi-1', '192.0.2.1');
    const failing = heartbeats.flush();
    await beat('mi-1', '192.0.2.2');
    await failing;
    expect(clock.pendingTimers).toBe(1);
    state.isAway = false;
    await clock.advanceAsync(10_000, 10_000);
    expect(written.flat().map(({ internetIp }) => internetIp)).toEqual(['192.0.2.2']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are written at once when the node stops', async () => {
    const { beat, written, heartbeats, clock } = makeStage();
    await beat('mi-1');
    await heartbeats.flush();
    expect(written).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
