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

/** What stock clients have a word for, and what is told in a sentence of ours. */
const WORDS: Readonly<Record<EndReason, string | undefined>> = {
  ClientClosed: 'Exit',
  AgentExited: 'Exit',
  AgentTimeout: 'AgentTimeout',
  OpenPtyFailed: 'OpenPtyFailed',
  ProtocolError: 'ProcessDataError',
  IdleTimeout: undefined,
  MaxDuration: undefined,
  UrlExpired: undefined,
  EndedByApi: undefined,
  EndedByPolicy: undefined,
  InstanceDeregistered: undefined,
  TargetUnreachable: undefined,
  SlowConsumer: undefined,
  NodeLost: undefined,
  Internal: undefined,
};

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

  it('knows for every state and event what follows', () => {
    const table = STATES.map((state) => [state, EVENTS.map((event) => nextState(state, event) ?? '-')]);
    expect(Object.fromEntries(table)).toEqual({
      created: ['opening', '-', '-', '-', 'aborted'],
      opening: ['-', 'open', '-', '-', 'aborted'],
      open: ['-', '-', 'detached', '-', 'closed'],
      detached: ['-', '-', '-', 'open', 'closed'],
      closed: ['-', '-', '-', '-', '-'],
      aborted: ['-', '-', '-', '-', '-'],
    });
  });

  it('tells reasons in printable ASCII, in the words of stock clients where they have one', () => {
    for (const [reason, word] of Object.entries(WORDS) as [EndReason, string | undefined][])
      if (word !== undefined) expect(statusReason(reason)).toBe(word);
      else expect(statusReason(reason)).toMatch(new RegExp(`^${reason}: [\\x20-\\x7e]+\\.$`));
  });
});
