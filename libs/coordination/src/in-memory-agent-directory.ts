import {
  AgentDirectory,
  type AgentKick,
  type Arrival,
  type ControlLink,
  type Presence,
} from '@sallyport/fleet';
import type { InstanceId } from '@sallyport/kernel';

interface Entry {
  link: ControlLink | undefined;
  isReady: boolean;
  lastHeartbeatAtMs: number | undefined;
}

const UNKNOWN: Presence = {
  isConnected: false,
  isReady: false,
  isOwnAgent: false,
  lastHeartbeatAtMs: undefined,
};

/** Presence of a single node's agents. */
export class InMemoryAgentDirectory extends AgentDirectory {
  readonly #entries = new Map<InstanceId, Entry>();

  override arrive(id: InstanceId, link: ControlLink): Promise<Arrival> {
    const entry = this.#entry(id);
    entry.link?.replaced();
    entry.link = link;
    const leave = (): void => {
      if (entry.link === link) entry.link = undefined;
    };
    return Promise.resolve({ leave });
  }

  override starting(id: InstanceId): Promise<void> {
    this.#entry(id).isReady = false;
    return Promise.resolve();
  }

  override ready(id: InstanceId): Promise<void> {
    this.#entry(id).isReady = true;
    return Promise.resolve();
  }

  override heartbeat(id: InstanceId, atMs: number): Promise<void> {
    this.#entry(id).lastHeartbeatAtMs = atMs;
    return Promise.resolve();
  }

  override presence(ids: readonly InstanceId[]): Promise<ReadonlyMap<InstanceId, Presence>> {
    return Promise.resolve(new Map(ids.map((id) => [id, this.#presence(id)])));
  }

  override connected(): Promise<readonly InstanceId[]> {
    return Promise.resolve([...this.#entries].filter(([, { link }]) => link !== undefined).map(([id]) => id));
  }

  override kick(id: InstanceId, kick: AgentKick): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry?.link || !entry.isReady) return Promise.resolve(false);
    entry.link.send(kick);
    return Promise.resolve(true);
  }

  override forget(id: InstanceId): Promise<void> {
    this.#entries.get(id)?.link?.removed();
    this.#entries.delete(id);
    return Promise.resolve();
  }

  #presence(id: InstanceId): Presence {
    const entry = this.#entries.get(id);
    if (!entry) return UNKNOWN;
    return {
      isConnected: entry.link !== undefined,
      isReady: entry.isReady,
      isOwnAgent: entry.link?.isOwnAgent ?? false,
      lastHeartbeatAtMs: entry.lastHeartbeatAtMs,
    };
  }

  #entry(id: InstanceId): Entry {
    let entry = this.#entries.get(id);
    if (!entry)
      this.#entries.set(id, (entry = { link: undefined, isReady: false, lastHeartbeatAtMs: undefined }));
    return entry;
  }
}
