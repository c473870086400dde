import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../connection.js';
import { clusterFolder, ensureCluster, readPassword, ROLE } from './cluster.js';
import { takeOwnership } from './ownership.js';
import { findPlace, socketFolder, type Place } from './place.js';
import { PostgresProcess } from './postgres-process.js';
import { endOrphans } from './processes.js';

const PORT = 5432;
const RESTART_DELAY_MS = { first: 100, longest: 5_000 };

/** A PostgreSQL of one's own, running. */
export interface EmbeddedDatabase {
  readonly connection: Connection;
  /** Ends it. Idempotent. */
  stop(): Promise<void>;
}

/** Keeps the database running: when it ends unasked it is started again, later and later while that fails. */
class Supervisor {
  #postgres: PostgresProcess;
  #isStopping = false;
  readonly #watching: Promise<void>;
  readonly #stopped = new AbortController();

  private constructor(
    private readonly place: Place,
    private readonly socketDir: string,
    postgres: PostgresProcess,
  ) {
    this.#postgres = postgres;
    this.#watching = this.#watch();
  }

  static async start(place: Place, socketDir: string): Promise<Supervisor> {
    await endOrphans(clusterFolder(place), socketDir);
    return new Supervisor(place, socketDir, await PostgresProcess.start(place, socketDir));
  }

  async #watch(): Promise<void> {
    let delayMs = RESTART_DELAY_MS.first;
    for (;;) {
      await this.#postgres.ended;
      if (this.#isStopping) return;
      const isBack = await this.#restart(delayMs);
      delayMs = isBack ? RESTART_DELAY_MS.first : Math.min(delayMs * 2, RESTART_DELAY_MS.longest);
    }
  }

  async #restart(delayMs: number): Promise<boolean> {
    try {
      await wait(delayMs, undefined, { signal: this.#stopped.signal });
      await endOrphans(clusterFolder(this.place), this.socketDir);
      this.#postgres = await PostgresProcess.start(this.place, this.socketDir);
      return true;
    } catch {
      // Its clients see that it is away; the next attempt follows.
      return false;
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopped.abort();
    await this.#postgres.stop();
    await this.#watching;
  }
}

/**
 * Starts the database of `dataDir`, making it at the first start. It listens on a Unix socket only, in a folder that
 * nobody else can enter. What a killed predecessor left running is ended first.
 * @throws AppError `INVALID_ARGUMENT` when the database is in use or has no user to run as; `INTERNAL` when it cannot be
 *   made or started
 */
export async function startEmbeddedDatabase(dataDir: string): Promise<EmbeddedDatabase> {
  const place = await findPlace(dataDir);
  const release = await takeOwnership(place.home);
  try {
    const password = await readPassword(dataDir);
    const socketDir = await socketFolder(place);
    await ensureCluster(place, password);
    const supervisor = await Supervisor.start(place, socketDir);
    const stop = async () => {
      await supervisor.stop();
      await rm(socketDir, { recursive: true, force: true });
      await release();
    };
    return { connection: { host: socketDir, port: PORT, user: ROLE, password, database: 'postgres' }, stop };
  } catch (error) {
    await release();
    throw error;
  }
}
