import { describe, expect, it } from 'vitest';
import {
  apiStatus,
  isEnded,
  nextState,
  SESSION_TRANSITIONS,
  statusReason,
  type EndReason,
  type SessionEvent,
  type SessionState,
} from './session.machine.js';

const STATES = Object.keys(SESSION_TRANSITIONS) as SessionState[];
const EVENTS: SessionEvent[] = ['attach', 'pair', 'detach', 'resume', 'end'];

describe('the session machine', () => {
  it('reaches every state from created', () => {
    const reached = new Set<SessionState>(['created']);
    for (const state of reached)
      for (const event of EVENTS) {
        const next = nextState(state, event);
        if (next) reached.add(next);
      }
    expect([...reached].sort()).toEqual([...STATES].sort());
  });

  it('ends from every state that has not ended, and never leaves an end', () => {
    for (const state of STATES) {
      const ends = nextState(state, 'end');
      if (isEnded(state))
        expect(EVENTS.map((event) => nextState(state, event))).toEqual(EVENTS.map(() => undefined));
      else expect(ends && isEnded(ends)).toBe(true);
    }
  });

  it('has a name of the API for every state', () => {
    expect(Object.fromEntries(STATES.map((state) => [state, apiStatus(state)]))).toEqual({
      created: 'Connecting',
      opening: 'Connecting',
      open: 'Connected',
      detached: 'Connected',
      closed: 'Terminated',
      aborted: 'Failed',
    });
  });

  it('tells reasons in printable ASCII, in the words of stock clients where they have one', () => {
    const reasons: EndReason[] = [
      'ClientClosed',
      'AgentExited',
      'AgentTimeout',
      'OpenPtyFailed',
      'ProtocolError',
    ];
    expect(reasons.map(statusReason)).toEqual([
      'Exit',
      'Exit',
      'AgentTimeout',
      'OpenPtyFailed',
      'ProcessDataError',
    ]);
    const others: EndReason[] = [
      'IdleTimeout',
      'MaxDuration',
      'UrlExpired',
      'EndedByApi',
      'EndedByPolicy',
      'InstanceDeregistered',
      'TargetUnreachable',
      'SlowConsumer',
      'NodeLost',
      'Internal',
    ];
    for (const reason of others)
      expect(statusReason(reason)).toMatch(new RegExp(`^${reason}: [\\x20-\\x7e]+\\.$`));
  });
});
