import { statusReason, type EndReason } from './session.machine.js';

/** How an agent says that a channel ended. */
export interface AgentVerdict {
  readonly reason: EndReason;
  /** Reason text of the client's Closed status. */
  readonly status: string;
}

const verdict = (reason: EndReason, status = statusReason(reason)): AgentVerdict => ({ reason, status });

/** `errorcode` of a status report (spec wire §1.10) → verdict. */
const VERDICTS = new Map<string, AgentVerdict>([
  ['Ok', verdict('AgentExited')],
  ['Notified', verdict('AgentExited')],
  ['Timeout', verdict('AgentTimeout')],
  ['Init_channel_failed', verdict('Internal', 'InitChannelFailed')],
  ['Open_channel_failed', verdict('Internal', 'OpenChannelFailed')],
  ['Session_id_duplicate', verdict('Internal', 'SessionIdDuplicated')],
  ['Process_data_error', verdict('ProtocolError', 'ProcessDataError')],
  ['Open_pty_failed', verdict('OpenPtyFailed')],
  ['Open_port_failed', verdict('TargetUnreachable')],
  ['Read_port_failed', verdict('TargetUnreachable')],
  ['IO_port_failed', verdict('TargetUnreachable')],
]);

/** @param errorCode  as reported; an unknown one is taken as an internal error of the agent */
export const agentVerdict = (errorCode: string): AgentVerdict =>
  VERDICTS.get(errorCode) ?? verdict('Internal');
