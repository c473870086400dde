import type { SessionEnd } from './session-events.js';
import type { SocketClosing } from './session-socket.port.js';

/** Refusals that pass by themselves; any other 4xx stays what it is. */
const PASSING_HTTP_STATUS = new Set([408, 425, 429]);
/** Close codes of RFC 6455 with which a server says that it goes or cannot just now, or that nothing was said. */
const PASSING_CLOSE_CODES = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1014]);

/** The end that a socket's closing means, or undefined when dialling again may help. */
export function finalEnd({ code, reason, httpStatus }: SocketClosing): SessionEnd | undefined {
  if (httpStatus !== undefined) {
    const isPassing = httpStatus >= 500 || PASSING_HTTP_STATUS.has(httpStatus);
    return isPassing ? undefined : { kind: 'refused', httpStatus };
  }
  if (PASSING_CLOSE_CODES.has(code)) return undefined;
  return code === 1000
    ? { kind: 'closed', reason }
    : { kind: 'protocol', reason: reason || `close code ${code}` };
}
