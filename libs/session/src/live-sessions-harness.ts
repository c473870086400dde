import type { AgentDirectory, AgentKick } from '@sallyport/fleet';
import {
  AppError,
  isAppError,
  type AccountId,
  type ChannelId,
  type Clock,
  type InstanceId,
  type NodeId,
  type SessionId,
  type Slice,
} from '@sallyport/kernel';
import type { ChannelEvents, ChannelPath, DataPath } from './data-path.port.js';
import type { SessionTotals } from './live-session.js';
import { LiveSessions, type SessionObserver } from './live-sessions.js';
import type { QuotaLedger } from './quota-ledger.port.js';
import { SessionJournal } from './session-journal.js';
import type { SessionLimits } from './session-limits.js';
import { SessionStore, type SessionChange, type SessionRecord } from './session-store.port.js';
import { isEnded, type EndReason } from './session.machine.js';

export const ACCOUNT = '1000000000000001' as AccountId;
export const INSTANCE = 'mi-one' as InstanceId;
export const REGION = 'local';
export const SECOND = 1_000;
export const TIMES = { urlTtlMs: 600_000, idleTimeoutMs: 180_000, maxMs: 3_600_000, resumeMs: 300_000 };
const LIMITS: SessionLimits = { sessionsPerRegion: 1_000, sessionsPerInstance: 20, bandwidthKbit: 200 };

/** Lets everything that waits for promises run. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The code that a call is refused with. */
export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing thrown',
    (error: unknown) => (isAppError(error) ? error.code : String(error)),
  );

/** A channel of the data path that only remembers; the test plays what happens on the sockets. */
export class FakePath implements ChannelPath {
  hasAgent = false;
  canClientResume = true;
  lastPayloadAtMs: number;
  bytesToClient = 0;
  bytesToAgent = 0;
  finished: { reason: string; aborted?: boolean; closeCode?: number } | undefined;
  /** Set to keep `finish` waiting, as a client does that reads slowly; calling it lets the last bytes arrive. */
  delivered: (() => void) | undefined;
  #isSlow = false;

  constructor(
    readonly id: ChannelId,
    readonly kind: string,
    readonly events: ChannelEvents,
    private readonly clock: Clock,
  ) {
    this.lastPayloadAtMs = clock.nowMs();
  }

  finish(reason: string, options: { aborted?: boolean; closeCode?: number } = {}): Promise<void> {
    this.finished = { reason, ...options };
    if (!this.#isSlow) return Promise.resolve();
    return new Promise((resolve) => (this.delivered = resolve));
  }

  /** From now on `finish` waits for {@link delivered}. */
  deliverSlowly(): void {
    this.#isSlow = true;
  }

  payload(bytes = 1): void {
    this.lastPayloadAtMs = this.clock.nowMs();
    this.bytesToClient += bytes;
  }

  /** The agent's data socket is there and both ends are joined. */
  open(): void {
    this.hasAgent = true;
    this.events.opened();
  }

  loseAgent(): void {
    this.hasAgent = false;
    this.events.agentGone();
  }

  loseClient(how: 'closed' | 'lost'): void {
    this.events.clientGone(how);
  }
}

/** Session records in memory, which can be away. */
export class FakeSessionStore extends SessionStore {
  readonly records = new Map<SessionId, SessionRecord>();
  /** Every change that was asked for, written or not. */
  readonly updates: SessionChange[] = [];
  isAway = false;

  override insert(record: SessionRecord): Promise<void> {
    this.records.set(record.id, record);
    return Promise.resolve();
  }

  override find(accountId: AccountId, id: SessionId): Promise<SessionRecord | undefined> {
    const record = this.records.get(id);
    return Promise.resolve(record?.accountId === accountId ? record : undefined);
  }

  override list(): Promise<Slice<SessionRecord>> {
    const items = [...this.records.values()];
    return Promise.resolve({ items, total: items.length });
  }

  override update(accountId: AccountId, id: SessionId, change: SessionChange): Promise<boolean> {
    this.updates.push(change);
    if (this.isAway) return Promise.reject(new AppError('DEPENDENCY_UNAVAILABLE', 'away'));
    const record = this.records.get(id);
    if (record?.accountId !== accountId || isEnded(record.state)) return Promise.resolve(false);
    this.records.set(id, { ...record, ...change });
    return Promise.resolve(true);
  }

  override listUnended(region: string): Promise<readonly SessionRecord[]> {
    const records = [...this.records.values()];
    return Promise.resolve(records.filter(({ state, region: of }) => of === region && !isEnded(state)));
  }
}

/** What a harness stands on; the adapters are those of the single node. */
export interface HarnessParts<C extends Clock> {
  readonly clock: C;
  readonly directory: AgentDirectory;
  readonly ledger: QuotaLedger;
  readonly limits?: Partial<SessionLimits>;
  /** What an earlier run of the node has left. */
  readonly store?: FakeSessionStore;
}

/** A node with one instance's agent connected, and everything that it said and did. */
export class NodeHarness<C extends Clock> {
  readonly clock: C;
  readonly directory: AgentDirectory;
  readonly ledger: QuotaLedger;
  readonly store: FakeSessionStore;
  readonly journal: SessionJournal;
  readonly live: LiveSessions<FakePath>;
  readonly kicks: AgentKick[] = [];
  readonly paths: FakePath[] = [];
  readonly ended: ({ readonly id: SessionId; readonly reason: EndReason } & SessionTotals)[] = [];
  readonly errors: unknown[] = [];
  #sequence = 0;

  constructor({ clock, directory, ledger, limits, store = new FakeSessionStore() }: HarnessParts<C>) {
    this.clock = clock;
    this.directory = directory;
    this.ledger = ledger;
    this.store = store;
    this.journal = new SessionJournal(store, clock, (error) => void this.errors.push(error));
    this.live = new LiveSessions<FakePath>({
      dataPath: this.#dataPath(),
      directory,
      ledger,
      sessions: store,
      journal: this.journal,
      clock,
      nodeId: 'n-test' as NodeId,
      limits: { ...LIMITS, ...limits },
      times: TIMES,
      observer: this.#observer(),
    });
  }

  /** Connects the instance's agent; it reads kicks from now on. */
  async connectAgent(): Promise<void> {
    await this.directory.arrive(INSTANCE, {
      isOwnAgent: false,
      send: (kick) => this.kicks.push(kick),
      replaced: () => undefined,
      removed: () => undefined,
    });
    await this.directory.ready(INSTANCE);
  }

  /** A session as StartSession leaves it, without its region slot. */
  addSession(changes: Partial<SessionRecord> = {}): SessionRecord {
    const record = this.#newRecord(changes);
    this.store.records.set(record.id, record);
    this.live.add(record);
    return record;
  }

  /** Asks for a channel as a client does that has a ticket. */
  dial({ accountId, id, region }: SessionRecord, channelId?: string) {
    return this.live.attach({ accountId, sessionId: id, region }, channelId);
  }

  /** Attaches a client; the channel waits for its agent. */
  async attach(record: SessionRecord, channelId?: string): Promise<FakePath> {
    const attachment = await this.dial(record, channelId);
    attachment.joined();
    await settle();
    return attachment.path;
  }

  /** The agent fetches the channel, dials, and both ends are joined. */
  async pair(path: FakePath): Promise<void> {
    if (!this.live.handOut(INSTANCE, path.id)) throw new Error('the channel is not handed out');
    path.open();
    this.live.join(INSTANCE, path.id).joined();
    await settle();
  }

  /** A shell or port session with a channel that is open. */
  async openSession(
    changes: Partial<SessionRecord> = {},
  ): Promise<{ record: SessionRecord; path: FakePath }> {
    const record = this.addSession(changes);
    const path = await this.attach(record);
    await this.pair(path);
    return { record, path };
  }

  /** What is stored of a session. */
  recordOf({ id }: SessionRecord): SessionRecord {
    const record = this.store.records.get(id);
    if (!record) throw new Error(`no record of ${id}`);
    return record;
  }

  #newRecord(changes: Partial<SessionRecord>): SessionRecord {
    const createdAtMs = this.clock.nowMs();
    return {
      id: `s-${++this.#sequence}` as SessionId,
      accountId: ACCOUNT,
      region: REGION,
      instanceId: INSTANCE,
      principalArn: `acs:ram::${ACCOUNT}:root`,
      principalId: ACCOUNT,
      identityType: 'account',
      clientIp: '127.0.0.1',
      portNumber: undefined,
      targetServer: undefined,
      username: undefined,
      commandLine: undefined,
      state: 'created',
      nodeId: 'n-test' as NodeId,
      createdAtMs,
      urlExpiresAtMs: createdAtMs + TIMES.urlTtlMs,
      openedAtMs: undefined,
      endedAtMs: undefined,
      endReason: undefined,
      failedDetail: undefined,
      ...changes,
    };
  }

  #dataPath(): DataPath<FakePath> {
    return {
      openSession: () => ({
        openChannel: (id, kind, events) => {
          const path = new FakePath(id, kind, events, this.clock);
          this.paths.push(path);
          return path;
        },
      }),
    };
  }

  #observer(): SessionObserver {
    return {
      attached: () => undefined,
      ended: ({ id }, reason, totals) => void this.ended.push({ id, reason, ...totals }),
      failed: (error) => void this.errors.push(error),
    };
  }
}
