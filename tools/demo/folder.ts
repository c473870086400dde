import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOOPBACK = '127.0.0.1';

/** Where a launcher of the repository is. @param path  below the repository */
export const inRepository = (path: string): string => join(ROOT, path);

/** What one run leaves for the next. */
interface Memory {
  readonly pid?: number;
  readonly httpPort?: number;
}

/** The demo's own folder: server data, agent state, logs, and what is remembered between runs. */
export class DemoFolder {
  /** Absolute; also the server's data directory. */
  readonly path: string;

  /** @param path  `SALLYPORT_DATA_DIR` when it is set */
  constructor(path: string | undefined) {
    this.path = path === undefined || path === '' ? inRepository('.sallyport/demo') : resolve(path);
  }

  get agentState(): string {
    return join(this.path, 'agent');
  }

  log(name: string): string {
    return join(this.path, 'log', `${name}.log`);
  }

  /**
   * Makes the folder this run's own.
   * @param wanted  port that a setting asks for, if one does
   * @returns `wanted`, else a port that is free now: last time's if it is, since the agent has registered with that address
   * @throws Error when another demo runs here
   */
  async claim(wanted?: number): Promise<number> {
    await mkdir(join(this.path, 'log'), { recursive: true, mode: 0o700 });
    const { pid, httpPort } = await this.#recall();
    const isTaken = httpPort !== undefined && (await isListening(httpPort));
    if (isTaken && pid !== undefined && isAlive(pid))
      throw new Error(
        `another demo runs in ${this.path} (process ${pid}); SALLYPORT_DATA_DIR names another folder`,
      );
    const port = wanted ?? (httpPort === undefined || isTaken ? await freePort() : httpPort);
    await writeFile(this.#memoryFile, JSON.stringify({ pid: process.pid, httpPort: port } satisfies Memory), {
      mode: 0o600,
    });
    return port;
  }

  get #memoryFile(): string {
    return join(this.path, 'demo.json');
  }

  async #recall(): Promise<Memory> {
    try {
      return JSON.parse(await readFile(this.#memoryFile, 'utf8')) as Memory;
    } catch {
      // Nothing, or half of it, is remembered: the demo begins anew.
      return {};
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((settle) => {
    const socket = connect(port, LOOPBACK, () => settle(true));
    socket.once('connect', () => socket.destroy()).once('error', () => settle(false));
  });

const freePort = (): Promise<number> =>
  new Promise((settle, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      server.close(() => settle(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
