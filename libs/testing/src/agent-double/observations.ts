/**
 * What an agent double met:
 * `fatal`: a goroutine or the process died of what the server sent (wire §7.1), the server's fault;
 * `error`: logged by the agent as the server's mistake; `ignored`: dropped without harm; `kick`: a kick read;
 * `dial`: a data socket dialled, with the outcome; `report`: a session's end told to the server.
 */
export type ObservationKind = 'fatal' | 'error' | 'ignored' | 'kick' | 'dial' | 'report';

/** One entry of the double's log, oldest first. */
export interface Observation {
  readonly kind: ObservationKind;
  readonly text: string;
}

/** Tells one thing that happened. */
export type Observe = (kind: ObservationKind, text: string) => void;
