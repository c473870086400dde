/** The two ends of a channel. */
export type Side = 'client' | 'agent';

/** How a broken rule is told to the peer (RFC 6455 §7.4.1). */
export type ViolationCode = 1002 | 1007 | 1009;

/** What a channel tells its session. Called synchronously, never per byte; the session decides what follows. */
export interface RelayEvents {
  /** Both ends are joined for the first time. */
  opened(): void;
  /** `closed`: Close message, or close frame 1000 or 1001; `lost`: its socket went away in any other way. */
  clientGone(how: 'closed' | 'lost'): void;
  /** The agent's data socket is lost; a stock agent dials the same channel again within about 13 s. */
  agentGone(): void;
  /** Own agents: the shell ended. The client has not been told everything yet; `finish` sees to that. */
  exited(exit: { readonly code: number; readonly signal?: string }): void;
  /** Own agents: the target sent its last byte and the client's layout has no word for that: the channel is over. */
  targetClosed(): void;
  /** Own agents: the target could not be reached, or broke. */
  targetFailed(reason: string): void;
  /** A bad WebSocket or session frame; nothing more is read from that side. `reason` is fixed text. */
  violated(side: Side, closeCode: ViolationCode, reason: string): void;
  /** That side accepted nothing for 60 s while bytes wait. */
  stalled(side: Side): void;
  /** A defect of the relay itself; only this channel is harmed. */
  failed(error: unknown): void;
}
