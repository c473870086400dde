import { spawn, type ChildProcess } from 'node:child_process';

/** How a process is started. */
export interface LaunchOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a name away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Told in errors; the command by default. */
  readonly name?: string;
}

/** How a process ended; exactly one of the two is set. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const KEPT_OUTPUT_CHARS = 262_144;
const running = new Set<LaunchedProcess>();

/** A child process whose output is kept and whose end is known. */
export class LaunchedProcess {
  readonly name: string;
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #end: ProcessEnd | undefined;

  constructor(child: ChildProcess, name: string) {
    if (child.pid === undefined) throw new Error(`${name} has no process id`);
    this.#child = child;
    this.name = name;
    this.pid = child.pid;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = keepTail(this.#stdout + text);
      this.#notify();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = keepTail(this.#stderr + text);
      this.#notify();
    });
    running.add(this);
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(this);
        this.#end = { code, signal };
        this.#notify();
        resolve(this.#end);
      });
    });
  }

  /** Standard output so far, its last 256 Ki characters. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Standard error so far, its last 256 Ki characters. */
  get stderr(): string {
    return this.#stderr;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Writes to standard input; `end` closes it after that. */
  write(text: string, options: { end?: boolean } = {}): void {
    this.#child.stdin?.write(text);
    if (options.end) this.#child.stdin?.end();
  }

  /**
   * The first line of standard output or error that `accept` takes, those printed already included.
   * @throws Error with the output when the process ends, or the deadline passes, before such a line
   */
  async waitForLine<T>(
    what: string,
    accept: (line: string) => T | undefined,
    deadlineMs = 20_000,
  ): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${why}: ${what}\n${this.#report()}`)));
      const look = (): void => {
        for (const line of `${this.#stdout}\n${this.#stderr}`.split('\n')) {
          const found = accept(line);
          if (found === undefined) continue;
          finish(() => resolve(found));
          return;
        }
        if (this.#end) fail(`${this.name} ended before`);
      };
      const timer = setTimeout(() => fail(`${this.name} did not print within ${deadlineMs} ms`), deadlineMs);
      this.#watchers.add(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#end) this.#child.kill(signal);
  }

  /** SIGTERM, then SIGKILL when the process stays. Resolves when it is gone; a second call waits for the first. */
  async stop(graceMs = 15_000): Promise<ProcessEnd> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  /** SIGKILL: the process gets no chance to tidy up. */
  async kill(): Promise<ProcessEnd> {
    this.signal('SIGKILL');
    return await this.ended;
  }

  #report(): string {
    return `--- stdout\n${this.#stdout.slice(-4_000)}\n--- stderr\n${this.#stderr.slice(-4_000)}`;
  }

  #notify(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** Starts a process with piped streams. @throws Error when the command cannot be started */
export async function launch(options: LaunchOptions): Promise<LaunchedProcess> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const [key, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) Reflect.deleteProperty(env, key);
    else env[key] = value;
  }
  const child = spawn(options.command, options.args ?? [], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve).once('error', reject);
  });
  // A child that ended while its input was being written is seen through `ended`.
  child.stdin.on('error', () => undefined);
  return new LaunchedProcess(child, options.name ?? options.command);
}

/**
 * Ends every process still running and fails when there was one: call it after the tests of a file.
 * @throws Error naming the processes that a test left behind
 */
export async function expectNoProcessLeft(): Promise<void> {
  const left = [...running];
  await Promise.all(left.map((process) => process.kill()));
  if (left.length > 0)
    throw new Error(`left running: ${left.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`);
}

const keepTail = (text: string): string =>
  text.length > KEPT_OUTPUT_CHARS ? text.slice(-KEPT_OUTPUT_CHARS) : text;
