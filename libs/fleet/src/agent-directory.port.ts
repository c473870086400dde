import type { ChannelId, InstanceId } from '@sallyport/kernel';

/** A nudge to an agent over its control socket (protocol, "Kicks"). */
export interface AgentKick {
  readonly kind: 'session';
  readonly action: 'start' | 'stop';
  readonly channelId: ChannelId;
}

/** A control socket, as the directory uses it. */
export interface ControlLink {
  /** Whether the agent speaks protocol 1.03 (protocol, "Extension 1.03"). */
  readonly isOwnAgent: boolean;
  /** Sends one kick as a text frame. */
  send(kick: AgentKick): void;
  /** A newer control socket of the same instance has taken over: tell the agent and close. */
  replaced(): void;
  /** The instance has been taken out of the fleet: tell the agent and close. */
  removed(): void;
}

/** A control socket's entry in the directory. */
export interface Arrival {
  /** Takes the entry out, unless a newer arrival has replaced it. */
  leave(): void;
}

/** What is known of an agent right now. */
export interface Presence {
  /** Whether a control socket is open. */
  readonly isConnected: boolean;
  /** Whether kicks are read: a stock agent accepts and ignores those that come before its start-up fetch. */
  readonly isReady: boolean;
  readonly isOwnAgent: boolean;
  readonly lastHeartbeatAtMs: number | undefined;
}

/** Who is there: control sockets, heart-beats and the way of kicks. Live state, shared by nodes. */
export abstract class AgentDirectory {
  /** The newest arrival wins; the one before it is told by `replaced`. */
  abstract arrive(id: InstanceId, link: ControlLink): Promise<Arrival>;
  /** The agent process has just begun; it reads no kicks before {@link ready}. */
  abstract starting(id: InstanceId): Promise<void>;
  /** The agent has asked for tasks, so it reads kicks. */
  abstract ready(id: InstanceId): Promise<void>;
  abstract heartbeat(id: InstanceId, atMs: number): Promise<void>;
  /** One entry for each id asked for, also for instances nobody has heard of. */
  abstract presence(ids: readonly InstanceId[]): Promise<ReadonlyMap<InstanceId, Presence>>;
  /** Instances with an open control socket. */
  abstract connected(): Promise<readonly InstanceId[]>;
  /**
   * Sends a kick to a connected and ready agent. It is a hint: `true` means sent, not read.
   */
  abstract kick(id: InstanceId, kick: AgentKick): Promise<boolean>;
  /** The instance is gone for good. */
  abstract forget(id: InstanceId): Promise<void>;
}
