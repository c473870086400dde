import type { Clock, Timer } from '@sallyport/kernel';
import { WebSocket } from 'ws';

const PING_EVERY_MS = 15_000;
/** Below 45 s, the longest a half-open socket may go unnoticed, and above two of the relay's own pings, 20 s apart. */
const SILENCE_MS = 42_000;

/**
 * Pings an open socket every 15 s and ends it (`close` follows) when nothing at all came from its peer for 42 s. A socket that
 * is paused by this end cannot be judged and counts as alive.
 * @param ping  sends the ping
 */
export function watchLiveness(socket: WebSocket, clock: Clock, ping: () => void): void {
  let heardMs = clock.nowMs();
  let timer: Timer;
  const heard = (): void => void (heardMs = clock.nowMs());
  const tick = (): void => {
    if (socket.isPaused) heard();
    const silentMs = clock.nowMs() - heardMs;
    if (silentMs >= SILENCE_MS) {
      socket.terminate();
      return;
    }
    if (socket.readyState === WebSocket.OPEN) ping();
    timer = clock.after(Math.min(PING_EVERY_MS, SILENCE_MS - silentMs), tick);
  };
  socket.on('message', heard).on('ping', heard).on('pong', heard);
  socket.on('close', () => timer.cancel());
  tick();
}
