import { FakeClock } from '@sallyport/testing';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { watchLiveness } from './liveness.js';

class FakeSocket extends EventEmitter {
  readyState = WebSocket.OPEN as number;
  isPaused = false;
  pings = 0;
  isTerminated = false;

  terminate(): void {
    this.isTerminated = true;
    this.emit('close');
  }
}

function watched(): { clock: FakeClock; socket: FakeSocket } {
  const [clock, socket] = [new FakeClock(), new FakeSocket()];
  watchLiveness(socket as unknown as WebSocket, clock, () => (socket.pings += 1));
  return { clock, socket };
}

describe('an open socket', () => {
  it('is pinged at once and every 15 s', () => {
    const { clock, socket } = watched();
    expect(socket.pings).toBe(1);
    clock.advance(15_000);
    expect(socket.pings).toBe(2);
  });

  it('is ended when nothing came for 42 s, and not before', () => {
    const { clock, socket } = watched();
    clock.advance(41_999);
    expect(socket.isTerminated).toBe(false);
    clock.advance(1);
    expect(socket.isTerminated).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each(['pong', 'ping', 'message'])('lives on with each %s', (event) => {
    const { clock, socket } = watched();
    for (let round = 0; round < 5; round++) {
      clock.advance(40_000);
      socket.emit(event);
    }
    expect(socket.isTerminated).toBe(false);
  });

  it('is not judged while this end has paused it', () => {
    const { clock, socket } = watched();
    socket.isPaused = true;
    clock.advance(300_000);
    expect(socket.isTerminated).toBe(false);
  });
});
