import { BackOff } from '@sallyport/client';
import type { Clock } from '@sallyport/kernel';
import type { WebSocket } from 'ws';
import type { Logger } from '../logger.js';
import { messageOf, wait } from '../wait.js';
import { askedPauseMs, CallError } from './call-error.js';
import type { DialledSocket } from './dial.js';
import { watchLiveness } from './liveness.js';

const PATH = '/luban/notify_server';
/** Close code of a server that serves a newer agent with this identity (docs/protocol.md, "Close codes"). */
const REPLACED = 4409;
const FAST = { baseMs: 250, maxMs: 30_000 };
/** For a server that says no: asking often would change nothing. */
const SLOW = { baseMs: 30_000, maxMs: 300_000 };
/** Two agents with one identity would throw each other out for ever if the loser came back soon. */
const REPLACED_MS = 60_000;

/** What a {@link ControlConnection} is made of. */
export interface ControlParts {
  readonly dial: (path: string, signal: AbortSignal) => Promise<DialledSocket>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called for each new socket. When it fails the socket is closed and dialled again. */
  readonly announce: () => Promise<void>;
  /** Takes a line of the server. @returns the answer */
  readonly kicked: (text: string) => string;
  readonly random?: () => number;
}

/** The socket on which the server calls for this agent: kept up for ever, whatever happens to it. */
export class ControlConnection {
  readonly #parts: ControlParts;
  readonly #fast: BackOff;
  readonly #slow: BackOff;
  readonly #random: () => number;
  #complaint = '';
  /** What the server asked for when it did not let the agent begin. */
  #askedPauseMs = 0;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    const { random = Math.random } = parts;
    this.#random = random;
    this.#fast = new BackOff({ ...FAST, random });
    this.#slow = new BackOff({ ...SLOW, random });
  }

  /** Dials until `signal` is aborted; resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.#attempt(signal);
      await wait(this.#parts.clock, pauseMs, signal);
    }
  }

  /** One socket from dial to end. @returns how long to stay away */
  async #attempt(signal: AbortSignal): Promise<number> {
    try {
      const { socket } = await this.#parts.dial(PATH, signal);
      const code = await this.#serve(socket, signal);
      if (!signal.aborted) this.#parts.logger.info('control socket closed', { code });
      if (code !== REPLACED) return this.#askedPauseMs + this.#fast.nextDelayMs();
      this.#complain('another agent with this identity has taken over');
      return REPLACED_MS * (1 + this.#random());
    } catch (error) {
      if (signal.aborted) return 0;
      const isFinal = error instanceof CallError && error.isFinal;
      this.#complain(
        isFinal ? 'the server refuses this agent' : 'the server cannot be reached',
        messageOf(error),
      );
      // The jitter on top keeps agents apart that were all given the same time.
      if (!isFinal) return askedPauseMs(error) + this.#fast.nextDelayMs();
    }
    // Half of it for sure: full jitter may come to nothing, which would be an attack by obedience.
    return SLOW.baseMs / 2 + this.#slow.nextDelayMs();
  }

  /** @returns the close code */
  #serve(socket: WebSocket, signal: AbortSignal): Promise<number> {
    const { announce, clock, kicked } = this.#parts;
    const leave = (): void => socket.close(1001);
    signal.addEventListener('abort', leave);
    this.#askedPauseMs = 0;
    watchLiveness(socket, clock, () => socket.ping('keepalive'));
    socket.on('message', (data: Buffer) => socket.send(kicked(data.toString('utf8'))));
    announce().then(
      () => this.#proved(),
      (error: unknown) => {
        if (!signal.aborted) this.#complain('the server does not let this agent begin', messageOf(error));
        this.#askedPauseMs = askedPauseMs(error);
        socket.close(1001);
      },
    );
    return new Promise((resolve) => {
      socket.on('close', (code) => {
        signal.removeEventListener('abort', leave);
        resolve(code);
      });
      socket.resume();
    });
  }

  #proved(): void {
    this.#complaint = '';
    this.#fast.reset();
    this.#slow.reset();
  }

  /** Once is enough: an agent that retries for days must not fill a disk. */
  #complain(what: string, why = ''): void {
    const { logger } = this.#parts;
    const isNew = this.#complaint !== what + why;
    this.#complaint = what + why;
    if (isNew) logger.warn(what, { why });
    else logger.debug(what, { why });
  }
}
