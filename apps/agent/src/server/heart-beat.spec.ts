import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.js';
import type { AgentApi } from './agent-api.js';
import { CallError } from './call-error.js';
import { HeartBeat } from './heart-beat.js';

type Answer = number | undefined | Error;

/** A heart-beat whose server answers as told, the last way for ever. */
function beating(answers: Answer[]) {
  const clock = new FakeClock();
  const sent: Record<string, string | number>[] = [];
  const api = {
    heartBeat: (parameters: Record<string, string | number>) => {
      sent.push(parameters);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  } as unknown as AgentApi;
  const stop = new AbortController();
  const heart = new HeartBeat(api, 'machine', clock, createLogger('silent'));
  return { clock, sent, heart, stop };
}

describe('heart-beats', () => {
  it('tell about the machine until one was acknowledged, and count', async () => {
    const { heart, sent } = beating([new CallError('HTTP 503', 503), 60_000]);
    await expect(heart.beat()).rejects.toThrow('503');
    await heart.beat();
    await heart.beat();
    expect(sent.map(({ index, seq_no }) => [index, seq_no])).toEqual([
      [0, 0],
      [0, 1],
      [1, 2],
    ]);
    expect(sent.map((parameters) => parameters['machineid'])).toEqual(['machine', 'machine', undefined]);
  });

  it.each([
    [60_000, 60_000],
    [undefined, 60_000],
    [0, 1_000],
    [10_000_000, 600_000],
  ])('follow each other as told by %j, after %d ms', async (answer, expectedMs) => {
    const { clock, heart, sent, stop } = beating([answer]);
    await heart.beat();
    void heart.run(stop.signal);
    await clock.advanceAsync(expectedMs - 1, expectedMs);
    expect(sent).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(sent).toHaveLength(2);
    stop.abort();
  });

  it('are tried again soon after a failure', async () => {
    const { clock, heart, sent, stop } = beating([60_000, new CallError('gone'), 60_000]);
    await heart.beat();
    void heart.run(stop.signal);
    await clock.advanceAsync(63_000);
    expect(sent).toHaveLength(3);
    stop.abort();
  });
});
