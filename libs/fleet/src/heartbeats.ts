import type { Clock, Timer } from '@sallyport/kernel';
import type { AgentDirectory } from './agent-directory.port.js';
import type { Heartbeat, Instance, InstanceStore } from './instance-store.port.js';

/** How often signs of life are written: one statement then covers all instances that gave one. */
const FLUSH_MS = 10_000;
/** Interval that agents are asked to keep; they take 55,000 to 65,000 (spec wire §1.7). */
const INTERVAL_MIN_MS = 58_000;
const INTERVAL_SPREAD_MS = 4_000;

/** Takes in heart-beats: presence at once, the durable row now and then. */
export class Heartbeats {
  #waiting = new Map<string, Heartbeat>();
  #timer: Timer | undefined;

  constructor(
    private readonly directory: AgentDirectory,
    private readonly instances: InstanceStore,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * @param isFirst  whether the agent process has just started (`index=0`): it does not read kicks yet
   * @returns when the next one is wanted, in ms; spread, so that agents which started together drift apart
   */
  async beat(instance: Instance, clientIp: string, agentVersion: string, isFirst: boolean): Promise<number> {
    const atMs = this.clock.nowMs();
    if (isFirst) await this.directory.starting(instance.id);
    else await this.directory.ready(instance.id);
    await this.directory.heartbeat(instance.id, atMs);
    this.#waiting.set(instance.id, { instanceId: instance.id, atMs, internetIp: clientIp, agentVersion });
    this.#timer ??= this.clock.after(FLUSH_MS, () => void this.flush());
    return INTERVAL_MIN_MS + Math.floor(Math.random() * INTERVAL_SPREAD_MS);
  }

  /** Writes what waits. A failed write is reported and its beats wait for the next one. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const beats = this.#waiting;
    if (beats.size === 0) return;
    this.#waiting = new Map();
    try {
      await this.instances.touch([...beats.values()]);
    } catch (error) {
      this.#waiting = new Map([...beats, ...this.#waiting]);
      this.#timer ??= this.clock.after(FLUSH_MS, () => void this.flush());
      this.onError(error);
    }
  }
}
