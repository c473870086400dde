import type { Clock } from '@sallyport/kernel';
import type { IncomingMessage } from './agent-frames.js';
import type { DataChannel } from './data-channel.js';
import type { Observe } from './observations.js';
import type { Cancellation } from './session-lifetime.js';

/** One entry of `session[]` in the answer to a session fetch (wire §1.9). */
export interface SessionTask {
  readonly channelId: string;
  readonly cmdContent: string;
  readonly username: string;
  readonly websocketUrl: string;
  /** Text; non-empty selects a port session. */
  readonly portNumber: string;
  readonly targetHost: string;
  /** bit/s; 0 is the default rate. */
  readonly flowLimit: number;
}

/** How a session ended, as the agent reports it (wire §1.10). */
export interface SessionEnd {
  readonly errorcode: string;
  /** Told in the failure metrics only. */
  readonly message?: string;
}

/** What the work of a session is given. */
export interface SessionWork {
  readonly task: SessionTask;
  readonly channel: DataChannel;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Ends the wait of a work that listens to it; the reason is a {@link Cancellation}. */
  readonly cancelled: AbortSignal;
  /** Takes the whole agent down, as a division by zero outside the reader does (T2). */
  readonly crash: (why: string) => void;
}

/** The work behind a channel: a shell or a port. */
export interface SessionKind {
  run(): Promise<SessionEnd>;
  /** @returns why the reader dies of the message, if it does */
  receive(message: IncomingMessage): string | undefined;
}

/** Reason of an aborted {@link SessionWork.cancelled}. */
export const cancellationOf = (signal: AbortSignal): Cancellation => signal.reason as Cancellation;

/** Waits from the opening of the data socket to the start of the shell or the connection, ms (wire §2.5). */
export const START_DELAY_MS = 1_000;

const text = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new TypeError(`a text is a ${typeof value}`);
  return value;
};

/**
 * Reads the answer to a session fetch with Go's strictness: one wrong JSON type discards it all (T9).
 * @throws TypeError or SyntaxError
 */
export function readSessionList(body: string): SessionTask[] {
  const { session } = JSON.parse(body) as { session?: unknown };
  if (session === undefined || session === null) return [];
  if (!Array.isArray(session)) throw new TypeError('session is not a list');
  return (session as Record<string, unknown>[]).map((item) => {
    const flowLimit = item['flowLimit'] ?? 0;
    if (typeof flowLimit !== 'number') throw new TypeError('flowLimit is not a number');
    return {
      channelId: text(item['channelId']),
      cmdContent: text(item['cmdContent']),
      username: text(item['username']),
      websocketUrl: text(item['websocketUrl']),
      portNumber: text(item['portNumber']),
      targetHost: text(item['targetHost']),
      flowLimit,
    };
  });
}
