import { USER_AGENT } from '../version.js';
import { CallError } from './call-error.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { parseSessionTask, type SessionTask } from './session-task.js';

/** How a channel ended, in the words of spec wire §1.10; `reason` is an extension for people. */
export interface ChannelReport {
  readonly status: 'Success' | 'Failed';
  readonly errorCode: string;
  readonly reason?: string;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' };

/** The calls of a registered agent (spec wire §1.7–1.12). All throw `CallError`, or AppError `DEPENDENCY_UNAVAILABLE`. */
export class AgentApi {
  constructor(
    private readonly http: HttpClient,
    private readonly sign: () => Record<string, string>,
  ) {}

  /** @returns ms until the server wants the next one; undefined when it does not say */
  async heartBeat(parameters: Readonly<Record<string, string | number>>): Promise<number | undefined> {
    const { text } = await this.#call('GET', 'heart-beat', parameters, {});
    const { nextInterval } = parse(text);
    return typeof nextInterval === 'number' ? nextInterval : undefined;
  }

  /** Tells that the agent now reads kicks. */
  async startUp(nowMs: number): Promise<void> {
    await this.fetchTasks({ reason: 'startup', currentTime: nowMs, ...timeZone(nowMs) });
  }

  /** Asks for command and file tasks; this release has a use for none, so the answer is not looked at. */
  async fetchTasks(parameters: Readonly<Record<string, string | number>> = {}): Promise<void> {
    await this.#call('POST', 'v1/task/list', parameters, JSON_TYPE);
  }

  /** @returns undefined when the server has no such channel to hand out, or has done so before */
  async fetchSession(channelId: string): Promise<SessionTask | undefined> {
    const { text } = await this.#call('POST', 'v1/session/list', { channelId }, JSON_TYPE);
    return parseSessionTask(text, channelId);
  }

  async reportSession(channelId: string, { status, errorCode, reason }: ChannelReport): Promise<void> {
    const parameters = { channelId, status, errorcode: errorCode, ...(reason !== undefined && { reason }) };
    await this.#call('POST', 'v1/session/status', parameters, TEXT_TYPE);
  }

  async deregister(): Promise<void> {
    await this.#call('POST', 'instance/deregister', {}, JSON_TYPE);
  }

  async #call(
    method: 'GET' | 'POST',
    name: string,
    parameters: Readonly<Record<string, string | number>>,
    type: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    const query = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
    const answer = await this.http.send({
      method,
      path: `/luban/api/${name}${query.size > 0 ? `?${query}` : ''}`,
      headers: { ...type, ...this.sign(), 'user-agent': USER_AGENT },
    });
    if (answer.status === 200) return answer;
    throw new CallError(
      `the server refused ${name}: ${reasonOf(answer)}`,
      answer.status,
      answer.retryAfterMs,
    );
  }
}

/** What an error answer says of itself, else its status. */
export function reasonOf({ status, text }: HttpAnswer): string {
  const { errMsg } = parse(text);
  return typeof errMsg === 'string' && errMsg !== '' ? `${errMsg} (HTTP ${status})` : `HTTP ${status}`;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const timeZone = (nowMs: number): { offset: number; timeZone: string } => ({
  offset: -new Date(nowMs).getTimezoneOffset() * 60,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});
