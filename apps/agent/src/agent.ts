import { systemClock, type Clock } from '@sallyport/kernel';
import { formatKickReply, parseKick, type Kick } from '@sallyport/wire';
import { endpointOpener } from './endpoint/open-endpoint.js';
import { nodePtyTerminals } from './endpoint/node-pty-terminal.js';
import { systemAccounts } from './endpoint/system-accounts.js';
import { Signer } from './identity/signer.js';
import type { Registered } from './identity/state-directory.js';
import type { Logger } from './logger.js';
import { AgentApi } from './server/agent-api.js';
import { ControlConnection } from './server/control-connection.js';
import { dial, type DialledSocket } from './server/dial.js';
import { HeartBeat } from './server/heart-beat.js';
import { HttpClient } from './server/http-client.js';
import { parseServerAddress } from './server/server-address.js';
import { SessionRunner } from './session/session-runner.js';
import { Sessions } from './session/sessions.js';
import { messageOf, within } from './wait.js';

/** How long the end of this agent may take: the grace of its shells, and a report. */
const STOP_MS = 6_000;

/** What an agent is made of beside its registration. */
export interface AgentParts {
  readonly logger: Logger;
  /** Locale of shells. */
  readonly lang: string;
  readonly clock?: Clock;
}

/** A registered agent at work: its control socket, heart-beats and sessions. The only place that puts the parts together. */
export class Agent {
  readonly #registered: Registered;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #http: HttpClient;
  readonly #api: AgentApi;
  readonly #heartBeat: HeartBeat;
  readonly #sessions: Sessions;
  readonly #dial: (path: string, signal: AbortSignal) => Promise<DialledSocket>;
  readonly #stop = new AbortController();

  constructor(registered: Registered, { logger, lang, clock = systemClock }: AgentParts) {
    const { server, ca, user, machineId } = registered.identity;
    const signer = new Signer(registered, clock);
    const sign = (): Record<string, string> => signer.headers();
    const { socketOrigin } = parseServerAddress(server);
    this.#registered = registered;
    this.#logger = logger;
    this.#clock = clock;
    this.#http = new HttpClient(server, ca);
    this.#api = new AgentApi(this.#http, sign);
    this.#heartBeat = new HeartBeat(this.#api, machineId, clock, logger);
    this.#dial = (path, signal) => dial({ socketOrigin, ca, sign }, path, signal);
    const openTerminal = nodePtyTerminals(clock);
    const accounts = systemAccounts;
    const openEndpoint = endpointOpener({ accounts, openTerminal, clock, lang, registeredUser: user });
    const runner = { dial: this.#dial, openEndpoint, clock };
    this.#sessions = new Sessions({
      api: this.#api,
      run: (task, stop) => new SessionRunner(task, runner).run(stop),
      clock,
      logger,
    });
  }

  /** Works until `signal` is aborted; resolves when all sessions are ended, after 6 s at the latest. */
  async run(signal: AbortSignal): Promise<void> {
    const control = new ControlConnection({
      dial: this.#dial,
      clock: this.#clock,
      logger: this.#logger,
      announce: () => this.#announce(),
      kicked: (text) => this.#kicked(text),
    });
    const ending = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const connected = control.run(this.#stop.signal);
    await ending;
    // Reports first: the control socket tells the server whether this agent is still there.
    await within(this.#clock, STOP_MS, this.#sessions.stopAll());
    this.#stop.abort();
    await within(this.#clock, STOP_MS, connected);
    this.#http.close();
  }

  /** The order is the stock agent's: heart-beat, then the fetch that says "I read kicks now" (spec wire §1.9). */
  async #announce(): Promise<void> {
    if (!this.#heartBeat.hasBegun) {
      await this.#heartBeat.beat();
      void this.#heartBeat.run(this.#stop.signal);
    }
    await this.#api.startUp(this.#clock.nowMs());
    const { instanceId, server } = this.#registered.identity;
    this.#logger.info('agent ready', { instanceId, server });
  }

  #kicked(text: string): string {
    const kick = parseKick(text);
    const isTaken = kick !== undefined && this.#take(kick);
    return formatKickReply(isTaken ? 'accept' : 'unknow', text);
  }

  /** @returns false for what this agent does not do */
  #take(kick: Kick): boolean {
    switch (kick.kind) {
      case 'noop':
        return true;
      case 'session':
        if (kick.action === 'start') this.#sessions.start(kick.channelId);
        else this.#sessions.stop(kick.channelId);
        return true;
      case 'tasks':
        this.#fetchTasks({});
        return true;
      case 'task':
      case 'file':
        this.#fetchTasks({ taskId: kick.taskId });
        return true;
      case 'agent':
        return false;
    }
  }

  #fetchTasks(parameters: Readonly<Record<string, string>>): void {
    this.#api
      .fetchTasks(parameters)
      .catch((error: unknown) => this.#logger.debug('task fetch failed', { why: messageOf(error) }));
  }
}
