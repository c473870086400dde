import { BackOff } from '@sallyport/client';
import type { Clock } from '@sallyport/kernel';
import type { Logger } from '../logger.js';
import type { AgentApi, ChannelReport } from '../server/agent-api.js';
import { askedPauseMs, CallError } from '../server/call-error.js';
import type { SessionTask } from '../server/session-task.js';
import { messageOf, wait } from '../wait.js';

const REPORT_ATTEMPTS = 4;

/** What {@link Sessions} needs. */
export interface SessionsParts {
  readonly api: Pick<AgentApi, 'fetchSession' | 'reportSession'>;
  /** Runs one session to its end. */
  readonly run: (task: SessionTask, stop: AbortSignal) => Promise<ChannelReport>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The channels that this agent serves. A channel is here from its first kick until its end has been reported. */
export class Sessions {
  readonly #parts: SessionsParts;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** Number of channels. */
  get size(): number {
    return this.#running.size;
  }

  /** Fetches and serves a channel; a second call for one that is here already does nothing. */
  start(channelId: string): void {
    if (this.#running.has(channelId)) return;
    const stop = new AbortController();
    const done = this.#serve(channelId, stop.signal)
      .catch((error: unknown) =>
        this.#parts.logger.warn('session could not be served', { channelId, why: messageOf(error) }),
      )
      .finally(() => this.#running.delete(channelId));
    this.#running.set(channelId, { stop, done });
  }

  /** Ends a channel; nothing happens for one that is not here. */
  stop(channelId: string): void {
    this.#running.get(channelId)?.stop.abort();
  }

  /** Ends all channels. @returns once that is done and reported */
  async stopAll(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort();
    await Promise.all(all.map(({ done }) => done));
  }

  async #serve(channelId: string, stop: AbortSignal): Promise<void> {
    const { api, clock, logger, run } = this.#parts;
    const task = await api.fetchSession(channelId);
    if (!task) return;
    const startedMs = clock.nowMs();
    logger.info('session started', { channelId, kind: task.target ? 'port' : 'shell' });
    const report = await run(task, stop);
    const durationMs = clock.nowMs() - startedMs;
    logger.info('session ended', { channelId, durationMs, code: report.errorCode, reason: report.reason });
    await this.#tell(channelId, report);
  }

  async #tell(channelId: string, report: ChannelReport): Promise<void> {
    const { api, clock, logger } = this.#parts;
    const backOff = new BackOff({ baseMs: 250, maxMs: 4_000 });
    for (let attempt = 1; attempt <= REPORT_ATTEMPTS; attempt++) {
      try {
        await api.reportSession(channelId, report);
        return;
      } catch (error) {
        logger.debug('session report failed', { channelId, why: messageOf(error) });
        if (error instanceof CallError && error.isFinal) return;
        await wait(clock, askedPauseMs(error) + backOff.nextDelayMs(), NEVER);
      }
    }
  }
}

const NEVER = new AbortController().signal;
