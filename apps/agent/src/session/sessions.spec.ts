import { FakeClock, until } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.js';
import type { ChannelReport } from '../server/agent-api.js';
import { CallError } from '../server/call-error.js';
import { Sessions } from './sessions.js';

const OK: ChannelReport = { status: 'Success', errorCode: 'Ok' };

/** Sessions that last until they are told to end; reports fail as often as told. */
function sessions(reportFailures: Error[] = []) {
  const clock = new FakeClock();
  const fetched: string[] = [];
  const reports: string[] = [];
  const ends = new Map<string, () => void>();
  const all = new Sessions({
    api: {
      fetchSession: (channelId) => {
        fetched.push(channelId);
        if (channelId === 'broken') return Promise.reject(new CallError('HTTP 500', 500));
        return Promise.resolve(
          channelId === 'unknown' ? undefined : { channelId, command: '', username: '' },
        );
      },
      reportSession: (channelId, { errorCode }) => {
        reports.push(`${channelId} ${errorCode}`);
        const failure = reportFailures.shift();
        return failure ? Promise.reject(failure) : Promise.resolve();
      },
    },
    run: ({ channelId }, stop) =>
      new Promise((resolve) => {
        ends.set(channelId, () => resolve(OK));
        const notified = (): void => resolve({ status: 'Success', errorCode: 'Notified' });
        stop.addEventListener('abort', notified);
        if (stop.aborted) notified();
      }),
    clock,
    logger: createLogger('silent'),
  });
  return { all, clock, fetched, reports, end: (channelId: string) => ends.get(channelId)?.() };
}

describe('sessions', () => {
  it('are fetched once however often they are kicked', async () => {
    const { all, fetched, reports, end } = sessions();
    all.start('a');
    all.start('a');
    await until('the run', () => (end('a'), reports.length > 0));
    expect(fetched).toEqual(['a']);
    expect(reports).toEqual(['a Ok']);
  });

  it.each(['unknown', 'broken'])('that are %s leave nothing behind', async (channelId) => {
    const { all, reports, fetched } = sessions();
    all.start(channelId);
    await until('the end', () => all.size === 0);
    expect(reports).toEqual([]);
    all.start(channelId);
    expect(fetched).toHaveLength(2);
  });

  it('are stopped one by one, and all at the end', async () => {
    const { all, reports } = sessions();
    for (const channelId of ['a', 'b', 'c']) all.start(channelId);
    all.stop('b');
    all.stop('not there');
    await until('one report', () => reports.length === 1);
    expect(reports).toEqual(['b Notified']);
    await all.stopAll();
    expect(reports.sort()).toEqual(['a Notified', 'b Notified', 'c Notified']);
    expect(all.size).toBe(0);
  });

  it('are reported again when the server did not take it, four times at most', async () => {
    const { all, clock, reports } = sessions(Array.from({ length: 9 }, () => new CallError('HTTP 503', 503)));
    all.start('a');
    all.stop('a');
    await clock.advanceAsync(20_000);
    expect(reports).toHaveLength(4);
    expect(all.size).toBe(0);
  });

  it('are reported once to a server that does not want to know', async () => {
    const { all, clock, reports } = sessions([new CallError('HTTP 404', 404)]);
    all.start('a');
    all.stop('a');
    await clock.advanceAsync(20_000);
    expect(reports).toHaveLength(1);
  });
});
