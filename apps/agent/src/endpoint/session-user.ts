import { messageOf } from '../wait.js';
import type { Account, Accounts } from './account.js';
import { EndpointError } from './endpoint.port.js';

/** Whom an agent that runs as root uses when nobody was named; the name is that of the stock agent. */
export const DEFAULT_USER = 'ecs-assist-user';
const ROOT_UID = 0;

const refuse = (reason: string, cause?: unknown): EndpointError =>
  new EndpointError('Open_pty_failed', reason, { cause });

/**
 * Decides who a shell runs as: the caller's choice, else the one of the registration, else {@link DEFAULT_USER} for an agent
 * that is root, else the agent's own user. Root's own shell takes an explicit `--user root` at registration.
 * @param requested   of the session; empty when the caller names nobody
 * @param registered  `--user`
 * @throws EndpointError `Open_pty_failed`
 */
export async function sessionUser(
  accounts: Accounts,
  requested: string,
  registered: string | undefined,
): Promise<Account> {
  const own = accounts.own();
  const name = requested || registered;
  if (own.uid !== ROOT_UID) {
    if (name === undefined || name === own.name) return own;
    throw refuse(`this agent runs as ${own.name} and cannot become another user`);
  }
  const account = name === undefined ? await defaultAccount(accounts) : await existing(accounts, name);
  if (account.uid === ROOT_UID && registered !== account.name)
    throw refuse('this agent gives no shells to root: it was not registered with --user root');
  return account;
}

async function existing(accounts: Accounts, name: string): Promise<Account> {
  const account = await accounts.find(name).catch((error: unknown) => {
    throw refuse(`the user database cannot be read: ${messageOf(error)}`, error);
  });
  if (account) return account;
  throw refuse('no such user on this machine');
}

/** Two sessions at once may both create it: only the outcome counts. */
async function defaultAccount(accounts: Accounts): Promise<Account> {
  const found = await accounts.find(DEFAULT_USER).catch(() => undefined);
  if (found) return found;
  const failure = await accounts.create(DEFAULT_USER).then(() => undefined, messageOf);
  const created = await accounts.find(DEFAULT_USER).catch(() => undefined);
  if (created) return created;
  throw refuse(`the user ${DEFAULT_USER} cannot be created (${failure ?? 'unknown'}); register with --user`);
}
