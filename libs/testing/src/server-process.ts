import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, type LaunchedProcess, type ProcessEnd } from './child-process.js';
import type { Credentials } from './signed-rpc.js';

const LAUNCHER = fileURLToPath(new URL('../../../apps/server/bin/sallyport-server.js', import.meta.url));

/** What `<data>/root-credentials.json` holds. */
export interface RootCredentials extends Credentials {
  readonly accountId: string;
  readonly endpoint: string;
}

/** Where and how a server under test runs. */
export interface ServerOptions {
  /** `SALLYPORT_*` and the like, over the defaults of {@link startServer}. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** An existing PostgreSQL; the server's own embedded one when absent. */
  readonly databaseUrl?: string;
  /** An existing data directory, kept at the end; else a new one, removed by `stop`. */
  readonly dataDir?: string;
  readonly readyWithinMs?: number;
}

interface Ready {
  readonly httpUrl: string;
  readonly httpsUrl: string;
}

/** The built server as a process of its own, with addresses and credentials of this run. */
export class ServerProcess {
  #process: LaunchedProcess;
  #ready: Ready;

  private constructor(
    readonly dataDir: string,
    readonly root: RootCredentials,
    /** PEM of the authority that signed the server's certificate. */
    readonly ca: string,
    private readonly options: ServerOptions,
    process: LaunchedProcess,
    ready: Ready,
  ) {
    this.#process = process;
    this.#ready = ready;
  }

  /** @throws Error with the server's output when it is not ready in time */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sallyport-test-')));
    const { process, ready } = await launchServer(dataDir, options);
    try {
      const root = JSON.parse(
        await readFile(join(dataDir, 'root-credentials.json'), 'utf8'),
      ) as RootCredentials;
      const ca = await readFile(join(dataDir, 'tls', 'ca.pem'), 'utf8');
      return new ServerProcess(dataDir, root, ca, options, process, ready);
    } catch (error) {
      await process.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** `http://127.0.0.1:PORT`, without a final slash. */
  get httpUrl(): string {
    return this.#ready.httpUrl;
  }

  /** `https://…:PORT`, without a final slash. */
  get httpsUrl(): string {
    return this.#ready.httpsUrl;
  }

  /** The log, as the JSON lines the server printed. */
  get log(): readonly Record<string, unknown>[] {
    return this.#process.stdout.split('\n').flatMap((line) => {
      const entry = parseLine(line);
      return entry ? [entry] : [];
    });
  }

  /** Ends the server politely and removes the data directory it was given by {@link startServer}. */
  async stop(): Promise<ProcessEnd> {
    const end = await this.#process.stop(30_000);
    if (this.options.dataDir === undefined) await rm(this.dataDir, { recursive: true, force: true });
    return end;
  }

  /** Ends the server without warning; data and settings stay for {@link restart}. */
  async kill(): Promise<ProcessEnd> {
    return await this.#process.kill();
  }

  /** Starts the server again, on the same ports and data, ending it politely first when it still runs. */
  async restart(): Promise<void> {
    await this.#process.stop(30_000);
    const ports = {
      SALLYPORT_HTTP_PORT: new URL(this.httpUrl).port,
      SALLYPORT_HTTPS_PORT: new URL(this.httpsUrl).port,
    };
    const settings = { ...this.options.settings, ...ports };
    const { process, ready } = await launchServer(this.dataDir, { ...this.options, settings });
    this.#process = process;
    this.#ready = ready;
  }
}

/** Starts the built server on free loopback ports, with a data directory of its own, quiet but for its log. */
export const startServer = async (options: ServerOptions = {}): Promise<ServerProcess> =>
  await ServerProcess.start(options);

async function launchServer(
  dataDir: string,
  options: ServerOptions,
): Promise<{ process: LaunchedProcess; ready: Ready }> {
  const process = await launch({
    command: globalThis.process.execPath,
    args: [LAUNCHER],
    name: 'sallyport-server',
    env: {
      SALLYPORT_HTTP_PORT: '0',
      SALLYPORT_HTTPS_PORT: '0',
      SALLYPORT_DATA_DIR: dataDir,
      DATABASE_URL: options.databaseUrl,
      NODE_ENV: 'production',
      ...options.settings,
    },
  });
  try {
    const ready = await process.waitForLine('server ready', readReady, options.readyWithinMs ?? 60_000);
    return { process, ready };
  } catch (error) {
    await process.kill();
    throw error;
  }
}

function readReady(line: string): Ready | undefined {
  const entry = parseLine(line);
  if (entry?.['msg'] !== 'server ready') return undefined;
  return { httpUrl: urlOf(entry['httpUrl']), httpsUrl: urlOf(entry['httpsUrl']) };
}

const urlOf = (value: unknown): string => (typeof value === 'string' ? value.replace(/\/$/, '') : '');

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
