import type { ChannelId } from '@sallyport/kernel';

/** What the data path tells about one channel. Called synchronously, never per byte. */
export interface ChannelEvents {
  /** Both ends are joined for the first time. */
  opened(): void;
  /** `closed`: the client said that it is done; `lost`: its socket went away. */
  clientGone(how: 'closed' | 'lost'): void;
  /** The agent's socket went away; a stock agent dials again within about 13 s. */
  agentGone(): void;
  /** The shell ended (own agents only). */
  exited(exit: { readonly code: number; readonly signal?: string }): void;
  /** The target has sent its last byte, and the client's protocol cannot go on without it (own agents only). */
  targetClosed(): void;
  /** The target could not be reached (own agents only). */
  targetFailed(reason: string): void;
  /** One side broke the protocol; nothing more is read from it. */
  violated(side: 'client' | 'agent', closeCode: number, reason: string): void;
  /** One side accepted nothing for too long while bytes wait. */
  stalled(side: 'client' | 'agent'): void;
  /** The data path itself failed. */
  failed(error: unknown): void;
}

/** One channel of the data path, as the session sees it. */
export interface ChannelPath {
  readonly hasAgent: boolean;
  /** When payload last moved in either direction; the channel's beginning before that. */
  readonly lastPayloadAtMs: number;
  readonly bytesToClient: number;
  readonly bytesToAgent: number;
  /** Whether a client that lost its socket may come back (protocol 1.02 and 1.03). */
  readonly canClientResume: boolean;
  /**
   * Delivers what the agent has sent, tells the client `reason` (status Closed, or Aborted), closes both sockets.
   * @returns when it is over; bounded
   */
  finish(
    reason: string,
    options?: { readonly aborted?: boolean; readonly closeCode?: number },
  ): Promise<void>;
}

/** The channels of one session: they share its bandwidth. */
export interface SessionPath<P extends ChannelPath> {
  openChannel(id: ChannelId, kind: 'shell' | 'port', events: ChannelEvents): P;
}

/** Makes data paths; bound to the relay. */
export interface DataPath<P extends ChannelPath> {
  /** @param bitsPerSecond  limit of each direction */
  openSession(bitsPerSecond: number): SessionPath<P>;
}
