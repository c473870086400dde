import type { Clock } from '@sallyport/kernel';
import type { SessionTask } from '../server/session-task.js';
import type { Accounts } from './account.js';
import type { Endpoint, EndpointEvents } from './endpoint.port.js';
import { sessionUser } from './session-user.js';
import { shellCommand } from './shell-command.js';
import { openTcpTarget } from './tcp-target.js';
import type { OpenTerminal } from './terminal.port.js';

/** What shells and targets of this agent are made with. */
export interface EndpointParts {
  readonly accounts: Accounts;
  readonly openTerminal: OpenTerminal;
  readonly clock: Clock;
  /** Locale of shells. */
  readonly lang: string;
  /** `--user` of the registration. */
  readonly registeredUser: string | undefined;
}

/** Opens what a task asks for. @throws EndpointError */
export type OpenEndpoint = (task: SessionTask, events: EndpointEvents) => Promise<Endpoint>;

/** Shells as the permitted user, and TCP connections. */
export const endpointOpener =
  (parts: EndpointParts): OpenEndpoint =>
  async (task, events) => {
    const { accounts, clock, lang, openTerminal, registeredUser } = parts;
    if (task.target) return await openTcpTarget(task.target, events, clock);
    const account = await sessionUser(accounts, task.username, registeredUser);
    const command = shellCommand(account, task.command, { ownUid: accounts.own().uid, lang });
    return openTerminal(command, events);
  };
