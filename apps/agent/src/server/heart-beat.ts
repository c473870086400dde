import { BackOff } from '@sallyport/client';
import type { Clock } from '@sallyport/kernel';
import { arch, release, type, uptime } from 'node:os';
import type { Logger } from '../logger.js';
import { messageOf, wait } from '../wait.js';
import { askedPauseMs } from './call-error.js';
import type { AgentApi } from './agent-api.js';

const DEFAULT_INTERVAL_MS = 60_000;
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 600_000;

/** Tells the server now and then that this agent is there (spec wire §1.7). */
export class HeartBeat {
  readonly #retry = new BackOff({ baseMs: 1_000, maxMs: 30_000 });
  readonly #startedMs: number;
  #acknowledged = 0;
  #sent = 0;
  #intervalMs = DEFAULT_INTERVAL_MS;

  constructor(
    private readonly api: AgentApi,
    private readonly machineId: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.#startedMs = clock.nowMs();
  }

  /** Whether the server has acknowledged one. */
  get hasBegun(): boolean {
    return this.#acknowledged > 0;
  }

  /** Sends one now. Throws as {@link AgentApi} does. */
  async beat(): Promise<void> {
    const parameters = this.#parameters();
    this.#sent += 1;
    const nextMs = (await this.api.heartBeat(parameters)) ?? DEFAULT_INTERVAL_MS;
    this.#intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, nextMs));
    this.#acknowledged += 1;
  }

  /** Goes on sending, the first an interval from now, until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = this.#intervalMs;
    for (;;) {
      await wait(this.clock, pauseMs, signal);
      if (signal.aborted) return;
      pauseMs = await this.#tryBeat();
    }
  }

  async #tryBeat(): Promise<number> {
    try {
      await this.beat();
      this.#retry.reset();
      return this.#intervalMs;
    } catch (error) {
      this.logger.debug('heart-beat failed', { why: messageOf(error) });
      return MIN_INTERVAL_MS + askedPauseMs(error) + this.#retry.nextDelayMs();
    }
  }

  #parameters(): Record<string, string | number> {
    const nowMs = this.clock.nowMs();
    return {
      uptime: Math.round(uptime() * 1_000),
      timestamp: nowMs,
      pid: process.pid,
      process_uptime: nowMs - this.#startedMs,
      index: this.#acknowledged,
      seq_no: this.#sent,
      ...(!this.hasBegun && {
        virt_type: 'kvm',
        os_version: `${type()}_${release()}_${arch()}`,
        az: 'unknown',
        machineid: this.machineId,
        cold_start: 'false',
      }),
    };
  }
}
