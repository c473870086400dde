import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@sallyport/kernel';
import { program } from './binaries.js';
import { clusterFolder, DATABASE_ENVIRONMENT } from './cluster.js';
import type { Place } from './place.js';

/** One node's database: small, durable, and reached through its socket only. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '30',
  shared_buffers: '16MB',
  max_wal_size: '256MB',
  // One node has no replicas.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  // Every helper process costs memory, and no query here is long enough to be shared out or compiled.
  io_method: 'sync',
  jit: 'off',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  autovacuum_worker_slots: '1',
  autovacuum_max_workers: '1',
  // Errors of statements come to the client; here, what concerns the database as a whole.
  log_checkpoints: 'off',
  log_min_messages: 'log',
};

const READY = 'ready to accept connections';
const START_DEADLINE_MS = 30_000;
/** Fast shutdown gets this long; then the immediate one, whose log the next start reads. */
const FAST_SHUTDOWN_MS = 10_000;
const KEPT_OUTPUT_CHARACTERS = 4_000;

function launch(place: Place, socketDir: string): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(
    program(place.binaries, 'postgres'),
    ['-D', clusterFolder(place), '-k', socketDir, ...settings],
    {
      cwd: place.home,
      env: DATABASE_ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own: Ctrl-C is for the server, which stops the database last.
      detached: true,
      ...place.user,
    },
  );
}

/** A running postmaster, started by this process. */
export class PostgresProcess {
  /** Settles when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  #output = '';

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit').then(
      () => undefined,
      () => undefined,
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    });
    const endWithProgram = () => void this.child.kill('SIGINT');
    process.once('exit', endWithProgram);
    void this.ended.then(() => process.removeListener('exit', endWithProgram));
  }

  /**
   * Starts the database and waits until it takes connections; after a crash that includes its recovery.
   * @throws AppError `INTERNAL` with the end of its output
   */
  static async start(place: Place, socketDir: string): Promise<PostgresProcess> {
    const postgres = new PostgresProcess(launch(place, socketDir));
    const isReady = await Promise.race([postgres.#ready(), postgres.ended.then(() => false)]);
    if (isReady) return postgres;
    await postgres.stop();
    throw new AppError('INTERNAL', `The embedded database did not start: ${postgres.#output.trim()}`);
  }

  async #ready(): Promise<boolean> {
    const { stderr } = this.child;
    if (!stderr) return false;
    const signal = AbortSignal.timeout(START_DEADLINE_MS);
    try {
      while (!this.#output.includes(READY)) await once(stderr, 'data', { signal });
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the database: open transactions are rolled back, everything committed is on disk. Idempotent. */
  async stop(): Promise<void> {
    for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      this.child.kill(name);
      const controller = new AbortController();
      const late = wait(FAST_SHUTDOWN_MS, true, { signal: controller.signal, ref: false }).catch(() => true);
      const isLate = await Promise.race([this.ended.then(() => false), late]);
      controller.abort();
      if (!isLate) return;
    }
  }
}
