import type { Clock } from '@sallyport/kernel';
import type { RawWebSocket } from '../sockets/raw-websocket.js';
import { isFailure, type AgentReports } from './agent-reports.js';
import { DataChannel } from './data-channel.js';
import type { Observe } from './observations.js';
import { PortSession } from './port-session.js';
import { SessionLifetime, type Cancellation } from './session-lifetime.js';
import { readSessionList, type SessionEnd, type SessionKind, type SessionTask } from './session-task.js';
import { ShellSession } from './shell-session.js';
import { sleep } from './sleep.js';

const EMPTY_FETCH_REPEAT_MS = 3_000;

/** What the sessions of an agent are given. */
export interface SessionsHost {
  readonly clock: Clock;
  readonly observe: Observe;
  readonly reports: AgentReports;
  dialData(channelId: string): Promise<RawWebSocket>;
  readonly crash: (why: string) => void;
}

interface Running {
  readonly channel: DataChannel;
  cancel(reason: Cancellation): void;
}

/** The table of sessions of a stock agent, with its habits (wire §1.9, T5, T7, T8). */
export class AgentSessions {
  readonly #table = new Map<string, Running>();
  readonly #all = new Set<Running>();

  constructor(private readonly host: SessionsHost) {}

  /** Channels that a stop kick can reach. */
  get channelIds(): readonly string[] {
    return [...this.#table.keys()];
  }

  /** The data socket of a channel, for frames that the agent would not send. */
  socketOf(channelId: string): RawWebSocket | undefined {
    return this.#table.get(channelId)?.channel.socket;
  }

  /** Fetches and runs the sessions of a start kick; an empty answer is fetched again, once. */
  async start(channelId: string): Promise<void> {
    let tasks = await this.#fetch(channelId);
    if (tasks.length === 0) {
      await sleep(this.host.clock, EMPTY_FETCH_REPEAT_MS);
      tasks = await this.#fetch(channelId);
    }
    // One worker for each answer: a second session waits for the end of the first.
    for (const task of tasks) await this.#runAndReport(task);
  }

  /** An unknown channel is only logged. */
  stop(channelId: string): void {
    const running = this.#table.get(channelId);
    if (running) running.cancel('Notified');
    else this.host.observe('ignored', `stop of unknown session ${channelId}`);
  }

  /** The process ends: every data socket is dropped. */
  dropAll(): void {
    for (const running of this.#all) {
      running.cancel('Notified');
      running.channel.close();
    }
  }

  async #fetch(channelId: string): Promise<SessionTask[]> {
    try {
      return readSessionList(await this.host.reports.sessionFetch(channelId));
    } catch (error) {
      this.host.observe('error', `session fetch of ${channelId}: ${String(error)}`);
      return [];
    }
  }

  async #runAndReport(task: SessionTask): Promise<void> {
    if (this.#table.delete(task.channelId)) {
      // The first session goes on, out of reach of a stop kick (T8).
      await this.#report(task, { errorcode: 'Session_id_duplicate', message: 'NewSessionChannel failed' });
      return;
    }
    const aborter = new AbortController();
    const cancel = (reason: Cancellation): void => aborter.abort(reason);
    const lifetime = new SessionLifetime(this.host.clock, () => cancel('Timeout'));
    const kind: { current?: SessionKind } = {};
    const channel: DataChannel = new DataChannel(task.channelId, this.host, {
      message: (message) => {
        lifetime.touch();
        return kind.current?.receive(message);
      },
      exhausted: () => cancel('Timeout'),
    });
    const work = { task, channel, cancelled: aborter.signal, ...this.#common() };
    kind.current = task.portNumber === '' ? new ShellSession(work) : new PortSession(work);
    const running: Running = { channel, cancel };
    this.#table.set(task.channelId, running);
    this.#all.add(running);
    lifetime.start();
    const end = await this.#run(kind.current, channel);
    lifetime.stop();
    if (this.#table.get(task.channelId) === running) this.#table.delete(task.channelId);
    this.#all.delete(running);
    await this.#report(task, end);
    channel.close();
    if (isFailure(end))
      this.host.observe('error', `session ${task.channelId}: ${end.message ?? end.errorcode}`);
  }

  #common(): Pick<SessionsHost, 'clock' | 'observe' | 'crash'> {
    const { clock, observe, crash } = this.host;
    return { clock, observe, crash };
  }

  async #run(kind: SessionKind, channel: DataChannel): Promise<SessionEnd> {
    try {
      await channel.open();
    } catch {
      const message =
        'NewSessionChannel failed: failed to connect data channel with error: websocket: bad handshake';
      return { errorcode: 'Open_channel_failed', message };
    }
    return await kind.run();
  }

  async #report(task: SessionTask, end: SessionEnd): Promise<void> {
    this.host.observe('report', `${task.channelId} ${end.errorcode}`);
    await this.host.reports.sessionStatus(task.channelId, end);
    if (isFailure(end)) await this.host.reports.sessionFailed(task, end);
  }
}
