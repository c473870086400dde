import { FakeClock } from '@sallyport/testing';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createLogger } from '../logger.js';
import { CallError } from './call-error.js';
import { ControlConnection } from './control-connection.js';
import type { DialledSocket } from './dial.js';

class FakeSocket extends EventEmitter {
  readonly readyState = WebSocket.OPEN;
  readonly isPaused = false;
  readonly sent: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
  ping(): void {
    // Nobody listens.
  }
  resume(): void {
    // It never was paused.
  }
  close(code: number): void {
    this.emit('close', code);
  }
}

const NO_ANSWER = (): Error => new CallError('ECONNREFUSED');
let stop: AbortController;
beforeEach(() => (stop = new AbortController()));
afterEach(() => stop.abort());

/** Runs a connection whose dials end as told, the last way for ever; jitter is always at its largest. */
function connection(dials: (FakeSocket | Error)[], announce: () => Promise<void> = () => Promise.resolve()) {
  const clock = new FakeClock();
  const startMs = clock.nowMs();
  const log: string[] = [];
  const dialledMs: number[] = [];
  const control = new ControlConnection({
    dial: () => {
      dialledMs.push(clock.nowMs() - startMs);
      const next = dials.length > 1 ? dials.shift() : dials[0];
      if (next instanceof Error) return Promise.reject(next);
      return Promise.resolve({ socket: next, isOwnProtocol: true } as unknown as DialledSocket);
    },
    clock,
    logger: createLogger('info', (line) => void log.push(line)),
    announce,
    kicked: (text) => `accept:${text}`,
    random: () => 0.999_999,
  });
  void control.run(stop.signal);
  return { clock, log, dialledMs };
}

describe('the control connection', () => {
  it('comes back at growing distances of at most 30 s', async () => {
    const { clock, dialledMs, log } = connection([NO_ANSWER()]);
    await clock.advanceAsync(120_000, 10);
    const gaps = dialledMs.slice(1).map((atMs, i) => atMs - (dialledMs[i] ?? 0));
    expect(gaps.slice(0, 4).map((gap) => Math.round(gap / 50) * 50)).toEqual([250, 500, 1_000, 2_000]);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
    expect(log).toHaveLength(1);
  });

  it('begins with short distances again once it was let in', async () => {
    const socket = new FakeSocket();
    const { clock, dialledMs } = connection([NO_ANSWER(), NO_ANSWER(), NO_ANSWER(), socket, NO_ANSWER()]);
    await clock.advanceAsync(5_000);
    const lostAtMs = dialledMs[3] ?? 0;
    expect(dialledMs).toHaveLength(4);
    socket.close(1006);
    await clock.advanceAsync(400, 10);
    expect(dialledMs.length).toBe(5);
    expect(lostAtMs).toBeLessThan(5_000);
  });

  it.each([401, 403, 404])('leaves a server that says %d alone for 15 s at least', async (status) => {
    const { clock, dialledMs, log } = connection([new CallError(`HTTP ${status}`, status)]);
    await clock.advanceAsync(14_000);
    expect(dialledMs).toHaveLength(1);
    await clock.advanceAsync(600_000);
    expect(dialledMs.length).toBeLessThan(6);
    expect(log).toHaveLength(1);
  });

  it('leaves the field to a newer agent with its identity', async () => {
    const socket = new FakeSocket();
    const { clock, dialledMs } = connection([socket, NO_ANSWER()]);
    await clock.advanceAsync(100);
    socket.close(4409);
    await clock.advanceAsync(14_000);
    expect(dialledMs).toHaveLength(1);
  });

  it('stays away for the time that a server asks for', async () => {
    const { clock, dialledMs } = connection([new CallError('HTTP 503', 503, 20_000)]);
    await clock.advanceAsync(19_900);
    expect(dialledMs).toHaveLength(1);
    await clock.advanceAsync(500);
    expect(dialledMs).toHaveLength(2);
  });

  it('does so too when it is asked after the socket has opened', async () => {
    const refused = (): Promise<void> => Promise.reject(new CallError('HTTP 503', 503, 20_000));
    const { clock, dialledMs } = connection([new FakeSocket(), NO_ANSWER()], refused);
    await clock.advanceAsync(19_900);
    expect(dialledMs).toHaveLength(1);
  });

  it('answers each line', async () => {
    const socket = new FakeSocket();
    const { clock } = connection([socket]);
    await clock.advanceAsync(100);
    socket.emit('message', Buffer.from('kick_vm noop'));
    expect(socket.sent).toEqual(['accept:kick_vm noop']);
  });
});
