import type { Clock } from '@sallyport/kernel';
import { ContentType, isHttpError, type AgentHttp } from './agent-http.js';
import type { SessionEnd, SessionTask } from './session-task.js';
import { sleep } from './sleep.js';

const OS_VERSION = 'Linux_#1 SMP PREEMPT_DYNAMIC @0_x86_64';
const COMMON = JSON.stringify({
  arch: 'amd64',
  instanceId: 'unknown',
  osVersion: OS_VERSION,
  virtualType: 'unknown',
  distribution: 'debian 12',
  kernelVersion: '6.1.0-wire-0001',
});
const FETCH_RETRIES = 3;
const FETCH_RETRY_MS = 2_000;
const MAX_408_ROUNDS = 4;

/** The calls a stock agent makes besides registration, with their query order (wire §1.7 to §1.13). */
export class AgentReports {
  #acknowledgedBeats = 0;
  #sentBeats = 0;
  readonly #startedAtMs: number;

  constructor(
    private readonly http: AgentHttp,
    private readonly clock: Clock,
    private readonly machineId: string,
  ) {
    this.#startedAtMs = clock.nowMs();
  }

  /** @returns the interval asked for, ms, when it is one the agent takes (55,000 to 65,000). */
  async heartBeat(): Promise<number | undefined> {
    const nowMs = this.clock.nowMs();
    const query = new URLSearchParams([
      ['uptime', String(Math.floor(process.uptime()) * 1_000)],
      ['timestamp', String(nowMs)],
      ['pid', String(process.pid)],
      ['process_uptime', String(nowMs - this.#startedAtMs)],
      ['index', String(this.#acknowledgedBeats)],
      ['seq_no', String(this.#sentBeats++)],
      ...(this.#acknowledgedBeats === 0 ? this.#firstBeat() : []),
    ]);
    const answer = await this.http.get(`/luban/api/heart-beat?${query.toString()}`);
    if (isHttpError(answer.status)) throw new Error(`heart-beat answered ${answer.status}`);
    this.#acknowledgedBeats++;
    const { nextInterval } = JSON.parse(answer.body) as { nextInterval?: unknown };
    return typeof nextInterval === 'number' && nextInterval >= 55_000 && nextInterval <= 65_000
      ? nextInterval
      : undefined;
  }

  /** The fetch that enables kicks. */
  async startupFetch(): Promise<string> {
    return await this.#fetch(() => `/luban/api/v1/task/list?reason=startup&cold_start=true&${this.#time()}`);
  }

  async taskFetch(taskId: string | undefined): Promise<string> {
    const task = taskId === undefined ? '' : `&taskId=${encodeURIComponent(taskId)}`;
    return await this.#fetch(() => `/luban/api/v1/task/list?reason=kickoff${task}&${this.#time()}`);
  }

  async sessionFetch(channelId: string): Promise<string> {
    return await this.#fetch(() => `/luban/api/v1/session/list?channelId=${encodeURIComponent(channelId)}`);
  }

  /** Told once; what the server answers does not matter. */
  async sessionStatus(channelId: string, end: SessionEnd): Promise<void> {
    const status = isFailure(end) ? 'Failed' : 'Success';
    const query = `channelId=${encodeURIComponent(channelId)}&status=${status}&errorcode=${end.errorcode}`;
    await this.#tell(`/luban/api/v1/session/status?${query}`, '', ContentType.Text);
  }

  /** The two posts that go with a failed session (transcript 07); the second spells one key otherwise. */
  async sessionFailed(task: SessionTask, { errorcode, message }: SessionEnd): Promise<void> {
    const keywords = { code: errorcode, errormsg: message ?? '' };
    const ids = { taskid: task.channelId, wsURL: task.websocketUrl };
    await this.metric('agent.session.failed', 'SESSION', 'ERROR', {
      ...keywords,
      sessionId: task.channelId,
      ...ids,
    });
    await this.metric('agent.task.failed', 'TASK', 'ERROR', {
      ...keywords,
      sessionid: task.channelId,
      ...ids,
    });
  }

  /** `common` and `keywords` are JSON texts inside the JSON document. */
  async metric(eventId: string, category: string, eventLevel: string, keywords: object): Promise<void> {
    const event = { eventId, category, subCategory: '', eventLevel, eventTime: this.clock.nowMs() };
    const body = { ...event, common: COMMON, keywords: JSON.stringify(keywords) };
    await this.#tell('/luban/api/metrics', JSON.stringify(body), ContentType.Json);
  }

  async started(): Promise<void> {
    await this.metric('agent.startup', 'STARTUP', 'INFO', { osName: OS_VERSION, type: 'cold start' });
  }

  async clientReport(type: string, info: string): Promise<void> {
    await this.#tell(
      '/luban/api/v1/exception/client_report',
      JSON.stringify({ type, info }),
      ContentType.Json,
    );
  }

  /** @returns whether the agent counts itself deregistered: any failure to ask is a success (wire §1.12) */
  async deregister(): Promise<boolean> {
    try {
      const { body } = await this.http.post('/luban/api/instance/deregister');
      return (JSON.parse(body) as { code?: unknown }).code === 200;
    } catch {
      return true;
    }
  }

  #firstBeat(): [string, string][] {
    return [
      ['virt_type', 'kvm'],
      ['os_version', OS_VERSION],
      ['az', 'unknown'],
      ['machineid', this.machineId],
      ['cold_start', 'true'],
    ];
  }

  #time(): string {
    const offset = -new Date(this.clock.nowMs()).getTimezoneOffset() * 60;
    const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
    return `currentTime=${this.clock.nowMs()}&offset=${offset}&timeZone=${zone}`;
  }

  async #fetch(path: () => string): Promise<string> {
    let body = await this.#fetchOnce(path);
    for (let round = 1; round < MAX_408_ROUNDS && isAskedToWait(body); round++) {
      await sleep(this.clock, FETCH_RETRY_MS);
      body = await this.#fetchOnce(path);
    }
    return body;
  }

  async #fetchOnce(path: () => string): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.http.post(path()).catch((error: unknown) => String(error));
      if (typeof answer !== 'string' && !isHttpError(answer.status)) return answer.body;
      if (attempt === FETCH_RETRIES)
        throw new Error(`fetch failed: ${typeof answer === 'string' ? answer : answer.status}`);
      await sleep(this.clock, FETCH_RETRY_MS);
    }
  }

  async #tell(path: string, body: string, contentType: string): Promise<void> {
    // The agent reads no answer to its reports, and goes on without one.
    await this.http.post(path, body, contentType).catch(() => undefined);
  }
}

/** Whether a session's end is reported as failed. */
export const isFailure = ({ errorcode }: SessionEnd): boolean =>
  !['Ok', 'Notified', 'Timeout'].includes(errorcode);

function isAskedToWait(body: string): boolean {
  try {
    return (JSON.parse(body) as { code?: unknown }).code === 408;
  } catch {
    return false;
  }
}
