/** A channel that the server wants served (spec wire §1.9). */
export interface SessionTask {
  readonly channelId: string;
  /** Command line for the shell; empty: the user's own login shell. */
  readonly command: string;
  /** Empty: the agent's default user. */
  readonly username: string;
  /** Present: a TCP connection instead of a shell. */
  readonly target?: { readonly host: string; readonly port: string };
}

/**
 * Reads the answer of a session fetch: the task of `channelId`.
 * @returns undefined when the server has none to give
 * @throws Error when the answer has another form
 */
export function parseSessionTask(text: string, channelId: string): SessionTask | undefined {
  const { session } = JSON.parse(text) as { session?: unknown };
  if (!Array.isArray(session)) throw new Error('the answer has no session list');
  const task = (session as Record<string, unknown>[]).find((entry) => entry['channelId'] === channelId);
  if (!task) return undefined;
  const port = textOf(task['portNumber']);
  return {
    channelId,
    command: textOf(task['cmdContent']),
    username: textOf(task['username']),
    ...(port !== '' && { target: { host: textOf(task['targetHost']), port } }),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
