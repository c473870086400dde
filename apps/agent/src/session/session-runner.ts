import type { Clock } from '@sallyport/kernel';
import { encodeExit, encodeTargetError, MessageType } from '@sallyport/wire';
import {
  EndpointError,
  type Endpoint,
  type EndpointEnd,
  type EndpointEvents,
} from '../endpoint/endpoint.port.js';
import type { OpenEndpoint } from '../endpoint/open-endpoint.js';
import type { ChannelReport } from '../server/agent-api.js';
import type { DialledSocket } from '../server/dial.js';
import type { SessionTask } from '../server/session-task.js';
import { messageOf } from '../wait.js';
import { Channel, type ChannelEnd, type ChannelEvents } from './channel.js';

/** A person reads a terminal as it comes; a TCP stream wants its line filled. */
const TERMINAL_WINDOW_BYTES = 65_536;
const TARGET_WINDOW_BYTES = 1_048_576;
const EMPTY = new Uint8Array(0);

/** What sessions of this agent are run with. */
export interface RunnerParts {
  readonly dial: (path: string, signal: AbortSignal) => Promise<DialledSocket>;
  readonly openEndpoint: OpenEndpoint;
  readonly clock: Clock;
}

/** Why a session is over, whoever ended it. */
type Ending =
  | { readonly by: 'endpoint'; readonly end: EndpointEnd }
  | { readonly by: 'channel'; readonly end: ChannelEnd }
  | { readonly by: 'opening'; readonly error: unknown }
  /** The client, or the server in its name. */
  | { readonly by: 'notice' };

const NOTIFIED: ChannelReport = { status: 'Success', errorCode: 'Notified' };
const failed = (errorCode: string, reason: string): ChannelReport => ({
  status: 'Failed',
  errorCode,
  reason,
});

/** One channel from its first dial to its report: joins a data socket and a shell or target. */
export class SessionRunner {
  readonly #task: SessionTask;
  readonly #parts: RunnerParts;
  readonly #channel: Channel;
  readonly #ending: Promise<Ending>;
  #resolve: (ending: Ending) => void = () => undefined;
  #endpoint: Endpoint | undefined;
  #isOpen = false;
  #isOver = false;

  constructor(task: SessionTask, parts: RunnerParts) {
    this.#task = task;
    this.#parts = parts;
    this.#ending = new Promise((resolve) => (this.#resolve = resolve));
    this.#channel = new Channel({
      channelId: task.channelId,
      dial: parts.dial,
      clock: parts.clock,
      windowBytes: task.target ? TARGET_WINDOW_BYTES : TERMINAL_WINDOW_BYTES,
      events: this.#channelEvents(),
    });
  }

  /**
   * Runs the session to its end. Never rejects.
   * @param stop  ends it from outside
   * @returns what is to be reported
   */
  async run(stop: AbortSignal): Promise<ChannelReport> {
    const notice = (): void => this.#end({ by: 'notice' });
    stop.addEventListener('abort', notice);
    if (stop.aborted) notice();
    void this.#open();
    const ending = await this.#ending;
    await Promise.race([this.#sayGoodbye(ending), aborted(stop)]);
    await this.#endpoint?.close();
    this.#channel.close();
    stop.removeEventListener('abort', notice);
    return this.#report(ending);
  }

  async #open(): Promise<void> {
    await this.#channel.open();
    if (this.#isOver) return;
    try {
      const endpoint = await this.#parts.openEndpoint(this.#task, this.#endpointEvents());
      await this.#opened(endpoint);
    } catch (error) {
      this.#end({ by: 'opening', error });
    }
  }

  async #opened(endpoint: Endpoint): Promise<void> {
    // What came too late is nobody's any more.
    if (this.#isOver) return endpoint.close();
    this.#endpoint = endpoint;
    this.#isOpen = true;
    this.#channel.ready();
  }

  /** The first reason counts. */
  #end(ending: Ending): void {
    this.#isOver = true;
    this.#resolve(ending);
  }

  #channelEvents(): ChannelEvents {
    return {
      input: (bytes) => this.#endpoint?.write(bytes) ?? true,
      resize: (size) => this.#endpoint?.resize(size),
      clientClosed: () => this.#end({ by: 'notice' }),
      drained: () => this.#endpoint?.resume(),
      over: (end) => this.#end({ by: 'channel', end }),
    };
  }

  #endpointEvents(): EndpointEvents {
    return {
      data: (bytes) => {
        if (!this.#channel.send(bytes)) this.#endpoint?.pause();
      },
      drained: () => this.#channel.takeInput(),
      halfClosed: () => this.#channel.sendMessage(MessageType.TargetClosed, EMPTY),
      ended: (end) => this.#end({ by: 'endpoint', end }),
    };
  }

  /** Tells the server how the endpoint ended, behind its output; resolves once that has been read. */
  async #sayGoodbye(ending: Ending): Promise<void> {
    if (ending.by === 'opening') await this.#channel.finish(this.#targetError(messageOf(ending.error)));
    if (ending.by !== 'endpoint') return;
    const { end } = ending;
    if (end.kind === 'exited')
      await this.#channel.finish({ type: MessageType.Exit, payload: encodeExit(end.exit) });
    else await this.#channel.finish(end.kind === 'failed' ? this.#targetError(end.reason) : undefined);
  }

  #targetError(reason: string): { type: number; payload: Uint8Array } | undefined {
    // A shell that cannot be had is told by the report alone: 1.03 has no message for it.
    return this.#task.target && { type: MessageType.TargetError, payload: encodeTargetError(reason) };
  }

  #report(ending: Ending): ChannelReport {
    switch (ending.by) {
      case 'notice':
        return NOTIFIED;
      case 'channel':
        return this.#channelReport(ending.end);
      case 'opening':
        return ending.error instanceof EndpointError
          ? failed(ending.error.errorCode, ending.error.message)
          : failed('Unknown_error', messageOf(ending.error));
      case 'endpoint':
        return ending.end.kind === 'failed'
          ? failed('Read_port_failed', ending.end.reason)
          : { status: 'Success', errorCode: 'Ok' };
    }
  }

  #channelReport({ kind, reason }: ChannelEnd): ChannelReport {
    if (kind === 'violated') return failed('Process_data_error', reason);
    if (!this.#isOpen && kind !== 'ended') return failed('Open_channel_failed', reason);
    return kind === 'lost' ? { status: 'Success', errorCode: 'Timeout', reason } : NOTIFIED;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
