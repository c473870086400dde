/** What a kick makes the agent do (wire §1.6). */
export type KickAction =
  | { readonly kind: 'fetch-tasks'; readonly taskId?: string }
  | { readonly kind: 'start-session'; readonly channelId: string }
  | { readonly kind: 'stop-session'; readonly channelId: string }
  | { readonly kind: 'deregister' }
  | { readonly kind: 'none' };

/** How the agent takes a kick; `reader-dies` sends no reply and reads no further kick (T1). */
export type KickOutcome =
  | { readonly kind: 'reply'; readonly reply: string; readonly action: KickAction }
  | { readonly kind: 'reader-dies' };

const TYPES_WITH_ACTION = new Set(['task', 'file', 'session', 'agent', 'status']);
const NOTHING: KickAction = { kind: 'none' };

/** Reads a kick with the agent's own care, or lack of it. */
export function takeKick(text: string): KickOutcome {
  if (text.includes('kick_vm agent deregister')) return unknown(text, { kind: 'deregister' });
  if (text === 'kick_vm') return accepted(text, { kind: 'fetch-tasks' });
  const [, type = '', action, id = ''] = text.split(' ');
  if (type === 'noop') return accepted(text, NOTHING);
  if (!TYPES_WITH_ACTION.has(type)) return unknown(text, NOTHING);
  if (action === undefined) return { kind: 'reader-dies' };
  const known = actionOf(type, action, id);
  return known ? accepted(text, known) : unknown(text, NOTHING);
}

function actionOf(type: string, action: string, id: string): KickAction | undefined {
  switch (`${type} ${action}`) {
    case 'session start':
      return { kind: 'start-session', channelId: id };
    case 'session stop':
      return { kind: 'stop-session', channelId: id };
    case 'task run':
    case 'task stop':
    case 'file create':
    case 'file stop':
      return { kind: 'fetch-tasks', taskId: id };
    case 'agent stop':
    case 'agent remove':
    case 'agent update':
    case 'status network':
      return NOTHING;
    default:
      return undefined;
  }
}

const accepted = (text: string, action: KickAction): KickOutcome => ({
  kind: 'reply',
  reply: `accept:${text}`,
  action,
});
const unknown = (text: string, action: KickAction): KickOutcome => ({
  kind: 'reply',
  reply: `unknow:${text}`,
  action,
});
