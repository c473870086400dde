import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

const KILL_AFTER_MS = 10_000;
const SHOWN_LINES = 15;

/** How a child is started. */
export interface ChildOptions {
  /** File that the child's output is added to. */
  readonly logFile: string;
  /** Node script and its arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A Node process in the background: its output goes to a log file, its last lines are remembered. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lastLines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();
  /** The status, or null after a signal; settles once. */
  readonly ended: Promise<number | null>;
  #hasEnded = false;
  #stopping: Promise<void> | undefined;

  constructor({ logFile, args, env }: ChildOptions) {
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    // Away from the terminal's process group: its ^C and its hang-up would end the parts in no order.
    this.#process = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.ended = new Promise((resolve) => this.#process.once('close', (code) => resolve(code)));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream === null) continue;
      stream.pipe(log, { end: false });
      createInterface({ input: stream }).on('line', (line) => this.#note(line));
    }
    void this.ended.then(() => {
      this.#hasEnded = true;
      log.end();
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The end of what it printed, for a person who wants to know why it ended. */
  get lastLines(): string {
    return this.#lastLines.map((line) => `  ${line}\n`).join('');
  }

  /**
   * Waits for a line of output. @param pick  gives undefined for lines that are not meant
   * @throws Error when the process ends, or `deadlineMs` pass, before that
   */
  async waitForLine<T>(pick: (line: string) => T | undefined, deadlineMs: number): Promise<T> {
    let watcher: ((line: string) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        watcher = (line) => {
          const found = pick(line);
          if (found !== undefined) resolve(found);
        };
        this.#watchers.add(watcher);
        timer = setTimeout(
          () => reject(new Error(`was not ready within ${deadlineMs / 1_000} s`)),
          deadlineMs,
        );
        void this.ended.then((code) => reject(new Error(`ended with status ${code ?? 'of a signal'}`)));
      });
    } finally {
      clearTimeout(timer);
      if (watcher !== undefined) this.#watchers.delete(watcher);
    }
  }

  /** As {@link stopProcess}, once: a second SIGTERM would cut short what the first one began. */
  stop(): Promise<void> {
    return (this.#stopping ??= stopProcess(this.#process, this.ended));
  }

  #note(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > SHOWN_LINES) this.#lastLines.shift();
    for (const watcher of this.#watchers) watcher(line);
  }
}

/**
 * Ends a process: SIGTERM, and SIGKILL after 10 s. One that has ended is left alone.
 * @param ended  settles when it is gone
 */
export async function stopProcess(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(timer);
}

/** A part of the demo that could not do its work; the message is for the person who started it. */
export class DemoError extends Error {
  /** @param child  the process whose last lines tell more */
  constructor(what: string, child: Child, logFile: string) {
    super(`${what}. The end of ${basename(logFile)}:\n${child.lastLines}Everything: ${logFile}`);
    this.name = 'DemoError';
  }
}
