import { isPlainId } from './channel-id.js';
import { MAX_CHANNEL_ID_BYTES } from './message.js';

/** A line on an agent's control socket: what it is to look at now. */
export type Kick =
  | { readonly kind: 'tasks' }
  | { readonly kind: 'noop' }
  | { readonly kind: 'session'; readonly action: 'start' | 'stop'; readonly channelId: string }
  | { readonly kind: 'task'; readonly action: 'run' | 'stop'; readonly taskId: string }
  | { readonly kind: 'file'; readonly action: 'create' | 'stop'; readonly taskId: string }
  | { readonly kind: 'agent'; readonly action: (typeof AGENT_ACTIONS)[number] };

/** An agent's answer: taken on (not: done), not understood, or refused while it updates itself. */
export type KickVerdict = 'accept' | 'unknow' | 'reject';

const PREFIX = 'kick_vm';
const AGENT_ACTIONS = ['stop', 'remove', 'update', 'deregister'] as const;
const MAX_TASK_ID_BYTES = 128;
/** Longer than any kick: what comes from a socket is not split before it is measured. */
const MAX_KICK_LENGTH = 256;
const REPLY = /^(accept|unknow|reject):(.*)$/s;

/**
 * The text of a kick.
 * @throws RangeError on an id that is empty, over 32 (channel) or 128 (task) bytes, or has a space or control
 *   character: a kick whose third word is missing stops a stock agent from ever reading another
 * @see docs/protocol.md "Kicks"
 */
export function formatKick(kick: Kick): string {
  switch (kick.kind) {
    case 'tasks':
      return PREFIX;
    case 'noop':
      return `${PREFIX} noop`;
    case 'agent':
      return `${PREFIX} agent ${kick.action}`;
    case 'session':
      return withId(kick.kind, kick.action, kick.channelId, MAX_CHANNEL_ID_BYTES);
    case 'task':
    case 'file':
      return withId(kick.kind, kick.action, kick.taskId, MAX_TASK_ID_BYTES);
  }
}

function withId(kind: string, action: string, id: string, maxBytes: number): string {
  if (!isPlainId(id, maxBytes))
    throw new RangeError(`the id of a ${kind} kick has 1 to ${maxBytes} bytes of printable ASCII`);
  return `${PREFIX} ${kind} ${action} ${id}`;
}

/** Reads a kick, as an agent does. @returns undefined for any text that {@link formatKick} does not make */
export function parseKick(text: string): Kick | undefined {
  if (text.length > MAX_KICK_LENGTH) return undefined;
  const [prefix, kind, action, id, ...rest] = text.split(' ');
  if (prefix !== PREFIX || rest.length > 0) return undefined;
  if (id !== undefined) return parseWithId(kind, action, id);
  if (kind === 'agent') return parseAgentKick(action);
  if (action !== undefined) return undefined;
  if (kind === undefined) return { kind: 'tasks' };
  return kind === 'noop' ? { kind } : undefined;
}

function parseAgentKick(text: string | undefined): Kick | undefined {
  const action = AGENT_ACTIONS.find((known) => known === text);
  return action && { kind: 'agent', action };
}

function parseWithId(kind: string | undefined, action: string | undefined, id: string): Kick | undefined {
  if (kind === 'session' && isPlainId(id, MAX_CHANNEL_ID_BYTES)) {
    if (action === 'start' || action === 'stop') return { kind, action, channelId: id };
    return undefined;
  }
  if (!isPlainId(id, MAX_TASK_ID_BYTES)) return undefined;
  if (kind === 'task' && (action === 'run' || action === 'stop')) return { kind, action, taskId: id };
  if (kind === 'file' && (action === 'create' || action === 'stop')) return { kind, action, taskId: id };
  return undefined;
}

/** An agent's answer to the kick `text`, which it repeats. */
export const formatKickReply = (verdict: KickVerdict, text: string): string => `${verdict}:${text}`;

/** Reads an agent's answer. @returns undefined for any other text */
export function parseKickReply(text: string): { verdict: KickVerdict; kick: string } | undefined {
  const match = REPLY.exec(text);
  return match ? { verdict: match[1] as KickVerdict, kick: match[2] ?? '' } : undefined;
}
