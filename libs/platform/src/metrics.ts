import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** What is true at this moment on this node. */
export interface LiveFigures {
  /** Sessions that have not ended and are held by this node. */
  readonly sessions: number;
  readonly channels: number;
  /** Agents whose control socket is here. */
  readonly agents: number;
}

/** Figures of one node for Prometheus: those of the process, and those named here. Labels never carry an id. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #bytes = this.#counter('relayed_bytes_total', 'Payload bytes relayed', ['direction']);
  readonly #calls = this.#counter('api_calls_total', 'API calls by action and answer', ['action', 'code']);
  readonly #refusals = this.#counter('refusals_total', 'Sessions refused because a limit was reached', [
    'limit',
  ]);

  /** @param live read once for each scrape */
  constructor(region: string, live: () => LiveFigures) {
    this.#registry.setDefaultLabels({ region });
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('sessions', 'Live sessions', () => live().sessions);
    this.#gauge('channels', 'Open channels', () => live().channels);
    this.#gauge('agents', 'Agents connected', () => live().agents);
  }

  /** @param bytes counted since the last call for the same channel, 0 or more */
  relayed(direction: 'to_client' | 'to_agent', bytes: number): void {
    this.#bytes.inc({ direction }, bytes);
  }

  /**
   * @param action  a known action's name; text of a caller's choosing would make a time series each
   * @param code  `OK`, or the error code that was answered
   */
  apiCall(action: string, code: string): void {
    this.#calls.inc({ action, code });
  }

  /** @param limit the limit's name in the settings, as `sessionsPerRegion` */
  refused(limit: string): void {
    this.#refusals.inc({ limit });
  }

  /** The text of `/metrics`, to be sent as {@link contentType}. */
  expose(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Of {@link expose}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `sallyport_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `sallyport_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}
