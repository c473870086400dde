/** Where a session is in its life; {@link SESSION_TRANSITIONS} has the ways between. */
export type SessionState = 'created' | 'opening' | 'open' | 'detached' | 'closed' | 'aborted';

/** Why a session ended. Each has one text for stock clients in {@link statusReason}. */
export type EndReason =
  | 'ClientClosed'
  | 'AgentExited'
  | 'AgentTimeout'
  | 'IdleTimeout'
  | 'MaxDuration'
  | 'UrlExpired'
  | 'EndedByApi'
  | 'EndedByPolicy'
  | 'InstanceDeregistered'
  | 'TargetUnreachable'
  | 'OpenPtyFailed'
  | 'ProtocolError'
  | 'SlowConsumer'
  | 'NodeLost'
  | 'Internal';

/** What can happen to a session. */
export type SessionEvent = 'attach' | 'pair' | 'detach' | 'resume' | 'end';

/** Next state for each state and event; a pair that is absent is not possible. */
export const SESSION_TRANSITIONS: {
  readonly [S in SessionState]: { readonly [E in SessionEvent]?: SessionState };
} = {
  created: { attach: 'opening', end: 'aborted' },
  opening: { pair: 'open', end: 'aborted' },
  open: { detach: 'detached', end: 'closed' },
  detached: { resume: 'open', end: 'closed' },
  closed: {},
  aborted: {},
};

/** The state after `event`, or undefined when the event is not possible in `state`. */
export const nextState = (state: SessionState, event: SessionEvent): SessionState | undefined =>
  SESSION_TRANSITIONS[state][event];

/** Whether nothing can happen any more. */
export const isEnded = (state: SessionState): boolean => state === 'closed' || state === 'aborted';

/** A session's state as the API names it (DescribeTerminalSessions, `Connections.Connection[].Status`). */
export function apiStatus(state: SessionState): 'Connecting' | 'Connected' | 'Terminated' | 'Failed' {
  switch (state) {
    case 'created':
    case 'opening':
      return 'Connecting';
    case 'open':
    case 'detached':
      return 'Connected';
    case 'closed':
      return 'Terminated';
    case 'aborted':
      return 'Failed';
  }
}

/**
 * The ASCII reason that goes with a Closed or Aborted status. Stock clients know some words and print a line of their own
 * for them; any other text they print as it is (protocol, "Status codes and reasons").
 */
export function statusReason(reason: EndReason): string {
  switch (reason) {
    case 'ClientClosed':
    case 'AgentExited':
      return 'Exit';
    case 'AgentTimeout':
    case 'OpenPtyFailed':
      return reason;
    case 'ProtocolError':
      return 'ProcessDataError';
    case 'IdleTimeout':
      return 'IdleTimeout: session closed after too long without data.';
    case 'MaxDuration':
      return 'MaxDuration: session closed at the longest time a session may take.';
    case 'UrlExpired':
      return 'UrlExpired: session closed because its address was not used in time.';
    case 'EndedByApi':
      return 'EndedByApi: session ended on request.';
    case 'EndedByPolicy':
      return 'EndedByPolicy: session ended because it is not permitted any more.';
    case 'InstanceDeregistered':
      return 'InstanceDeregistered: session closed because the instance was removed.';
    case 'TargetUnreachable':
      return 'TargetUnreachable: session closed because the target could not be reached.';
    case 'SlowConsumer':
      return 'SlowConsumer: session closed because one end stopped reading.';
    case 'NodeLost':
      return 'NodeLost: session closed because its relay went away.';
    case 'Internal':
      return 'Internal: session closed for an internal error.';
  }
}
