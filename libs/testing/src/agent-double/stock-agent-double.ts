import { systemClock, type Clock } from '@sallyport/kernel';
import { goUpgradeHeaders, RawWebSocket } from '../sockets/raw-websocket.js';
import { AgentHttp, type AgentServer } from './agent-http.js';
import { signedHeaders, type AgentIdentity } from './agent-identity.js';
import { AgentReports } from './agent-reports.js';
import { AgentSessions } from './agent-sessions.js';
import { ControlSocket } from './control-socket.js';
import type { KickAction } from './kicks.js';
import type { Observation, ObservationKind } from './observations.js';
import { STOCK_USER_AGENT } from './register-stock-agent.js';
import { sleep } from './sleep.js';

/** How a stock agent double is set up. */
export interface StockAgentOptions {
  readonly server: AgentServer;
  /** From registration, or made up for a server that was told of it. */
  readonly identity: AgentIdentity;
  /** Sent as `X-Client-Ip` when given. */
  readonly clientIp?: string;
  /** The machine's clock by default. */
  readonly clock?: Clock;
}

const FIRST_BEAT_TRIES = 3;
const FETCH_REPEAT_MS = 3_000;

/**
 * Plays the unmodified agent, byte for byte as wire-protocol §1, §2 and §7 have it: what it sends, how it waits, what
 * it silently loses, and what kills it. Shells are real programs behind a real pseudo-terminal.
 */
export class StockAgentDouble {
  readonly clock: Clock;
  readonly sessions: AgentSessions;
  readonly #observations: Observation[] = [];
  readonly #http: AgentHttp;
  readonly #reports: AgentReports;
  readonly #control: ControlSocket;
  readonly #stopping = new AbortController();
  #isFetching = false;

  constructor(private readonly options: StockAgentOptions) {
    this.clock = options.clock ?? systemClock;
    const observe = (kind: ObservationKind, text: string): void => {
      this.#observations.push({ kind, text });
    };
    this.#http = new AgentHttp(options.server, STOCK_USER_AGENT, () => this.#sign());
    this.#reports = new AgentReports(this.#http, this.clock, options.identity.machineId);
    this.sessions = new AgentSessions({
      clock: this.clock,
      observe,
      reports: this.#reports,
      dialData: (channelId) =>
        this.#dial(`/luban/session/backend?channelId=${encodeURIComponent(channelId)}`),
      crash: (why) => this.#crash(why),
    });
    this.#control = new ControlSocket({
      clock: this.clock,
      observe,
      dialControl: () => this.#dial('/luban/notify_server'),
      reportSwitch: (info) => this.#reports.clientReport('switch_channel_in_wsk', info),
      act: (action) => void this.#act(action),
    });
  }

  /**
   * Boots: control socket, first heart-beat, metrics, start-up fetch; resolves when kicks are taken.
   * @throws when the control socket or three heart-beats are refused
   */
  async start(): Promise<void> {
    await this.#control.open();
    const intervalMs = await this.#firstBeat();
    this.#isFetching = true;
    await this.#reports.started();
    await this.#reports.startupFetch();
    void this.#beatOn(intervalMs);
  }

  /** Ends as by SIGTERM: connections drop, nothing is reported. */
  stop(): void {
    this.#stopping.abort();
    this.sessions.dropAll();
    this.#control.close();
    this.#http.close();
  }

  /** Whether it still runs: not stopped, not crashed. */
  get isAlive(): boolean {
    return !this.#stopping.signal.aborted;
  }

  get isConnected(): boolean {
    return this.#control.isOpen;
  }

  /** What happened, oldest first; all of one kind when a kind is named. */
  observations(kind?: ObservationKind): readonly Observation[] {
    return kind === undefined
      ? [...this.#observations]
      : this.#observations.filter((entry) => entry.kind === kind);
  }

  /** Texts of {@link observations} of a kind. */
  texts(kind: ObservationKind): readonly string[] {
    return this.observations(kind).map(({ text }) => text);
  }

  /** Loses the control connection without ending the agent. */
  loseControl(): void {
    this.#control.lose();
  }

  #sign(): ReturnType<typeof signedHeaders> {
    return signedHeaders(this.options.identity, Math.trunc(this.clock.nowMs()), {
      clientIp: this.options.clientIp,
    });
  }

  async #dial(path: string): Promise<RawWebSocket> {
    const { host, isSecure, ca } = this.options.server;
    const headers = goUpgradeHeaders(host, STOCK_USER_AGENT, this.#sign());
    return await RawWebSocket.dial(`ws${isSecure ? 's' : ''}://${host}${path}`, headers, { ca });
  }

  async #firstBeat(): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#beatIntervalMs(await this.#reports.heartBeat());
      } catch (error) {
        if (attempt === FIRST_BEAT_TRIES) throw error;
      }
    }
  }

  async #beatOn(firstMs: number): Promise<void> {
    let intervalMs = firstMs;
    for (;;) {
      await sleep(this.clock, intervalMs, this.#stopping.signal);
      if (!this.isAlive) return;
      intervalMs = this.#beatIntervalMs(await this.#reports.heartBeat().catch(() => undefined));
    }
  }

  #beatIntervalMs(asked: number | undefined): number {
    return asked ?? 55_000 + Math.floor(Math.random() * 10_000);
  }

  async #act(action: KickAction): Promise<void> {
    // Before the first heart-beat kicks are accepted and lost (T10).
    if (!this.#isFetching || !this.isAlive) return;
    if (action.kind === 'start-session') await this.sessions.start(action.channelId);
    else if (action.kind === 'stop-session') this.sessions.stop(action.channelId);
    else if (action.kind === 'fetch-tasks') await this.#fetchTasks(action.taskId);
    else if (action.kind === 'deregister') await this.#reports.deregister();
  }

  async #fetchTasks(taskId: string | undefined): Promise<void> {
    const answer = JSON.parse(await this.#reports.taskFetch(taskId)) as Record<string, unknown>;
    const work = ['run', 'stop', 'file', 'session'].flatMap((list) => answer[list] ?? []);
    if (work.length > 0) {
      this.#note(`tasks fetched: ${JSON.stringify(work)}`);
      return;
    }
    await sleep(this.clock, FETCH_REPEAT_MS, this.#stopping.signal);
    if (this.isAlive) await this.#reports.taskFetch(taskId);
  }

  #note(text: string): void {
    this.#observations.push({ kind: 'ignored', text });
  }

  #crash(why: string): void {
    this.#observations.push({ kind: 'fatal', text: `agent: ${why}` });
    this.stop();
  }
}
