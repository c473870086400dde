import type { SessionEnd } from '@sallyport/client';
import { CliError } from '../cli-error.js';

/** Reasons that are one word on the wire, for stock clients; the others are sentences already. */
const REASONS: Readonly<Record<string, readonly [text: string, hint?: string]>> = {
  AgentTimeout: [
    'the agent of the instance did not come',
    '`sallyport instances` shows whether the instance is online.',
  ],
  OpenPtyFailed: [
    'the agent could not open a shell',
    'Does the user exist on the instance? `--user NAME` names another.',
  ],
  ProcessDataError: ['the session ended because one end broke the protocol'],
};

const REFUSALS: Readonly<Record<number, readonly [text: string, hint?: string]>> = {
  401: ['the server does not accept the session ticket', 'Start a new session.'],
  403: ['the session ticket is not for this session', 'Start a new session.'],
  404: ['the server does not know the session', 'Start a new session.'],
  409: ['the session is in use by another connection', '`sallyport sessions` lists the live ones.'],
  410: ['the session has ended', 'Start a new session.'],
};

/** What the server says when a shell ended by itself or the client closed it. */
const ORDINARY_END = 'Exit';

/** Whether this is how a shell's own end looks. */
export const isOrdinaryEnd = (end: SessionEnd): boolean =>
  end.kind === 'closed' && end.reason === ORDINARY_END;

/** An end that was not wanted, as a person reads it. */
export function endError(end: SessionEnd): CliError {
  switch (end.kind) {
    case 'closed':
    case 'aborted':
      return errorOf(REASONS[end.reason] ?? [end.reason || 'the server closed the session without a reason']);
    case 'refused':
      return errorOf(REFUSALS[end.httpStatus] ?? [`the server refused the session (HTTP ${end.httpStatus})`]);
    case 'lost':
      return errorOf([
        `the connection to the server is lost: ${end.reason}`,
        'Check the network, then start a new session.',
      ]);
    case 'protocol':
      return errorOf([`the session ended by a protocol error: ${end.reason}`]);
    case 'ended':
      return errorOf(['the session was ended here']);
  }
}

const errorOf = ([text, hint]: readonly [text: string, hint?: string]): CliError =>
  new CliError(text, hint === undefined ? {} : { hint });
