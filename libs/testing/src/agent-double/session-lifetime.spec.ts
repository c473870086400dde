import { expect, it } from 'vitest';
import { FakeClock } from '../fake-clock.js';
import { IDLE_LIMIT_S, LIFE_LIMIT_S, SessionLifetime } from './session-lifetime.js';

function started(): { clock: FakeClock; lifetime: SessionLifetime; expiries: number[] } {
  const clock = new FakeClock(0);
  const expiries: number[] = [];
  const lifetime = new SessionLifetime(clock, () => expiries.push(clock.nowMs()));
  lifetime.start();
  return { clock, lifetime, expiries };
}

it('a session ends in the second after 180 s without a message', () => {
  const { clock, expiries } = started();
  clock.advance(IDLE_LIMIT_S * 1_000);
  expect(expiries).toEqual([]);
  clock.advance(1_000);
  expect(expiries).toEqual([181_000]);
});

it('any message starts the count again, and 3 h end it all the same', () => {
  const { clock, lifetime, expiries } = started();
  for (let second = 0; second < LIFE_LIMIT_S; second += 100) {
    lifetime.touch();
    clock.advance(100_000);
  }
  expect(expiries).toEqual([10_800_000]);
  expect(clock.pendingTimers).toBe(0);
});
