import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where a file of the repository is. @param path  below the repository */
export const inRepository = (path: string): string => join(ROOT, path);

/** The demo's own folder: server data, agent state and logs; what makes a second run reuse the registration. */
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

  async make(): Promise<void> {
    await mkdir(join(this.path, 'log'), { recursive: true, mode: 0o700 });
  }
}
