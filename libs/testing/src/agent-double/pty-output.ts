import { spawn, type IPty } from '@lydell/node-pty';

/** What runs behind the terminal, and as whom. */
export interface PtyOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly home: string;
  readonly uid?: number;
  readonly gid?: number;
  /** 0 × 0 until it is set, as the stock agent leaves it, when absent. */
  readonly size?: { readonly rows: number; readonly cols: number };
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const HIGH_WATER_BYTES = 65_536;
const EXIT_PROBE_MS = 25;

/** A program on a pseudo-terminal, in a shell's place or a person's, whose output is taken in pieces, when the taker wants them. */
export class PtyOutput {
  /** How the program ended; a signal of 0 is none. Output may still be unread. */
  readonly ended: Promise<{ readonly exitCode: number; readonly signal: number }>;
  readonly #pty: IPty;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isPaused = false;
  #hasEnded = false;
  #wake: (() => void) | undefined;

  constructor({ program, args, home, uid, gid, size, env }: PtyOptions) {
    // node-pty cannot make a terminal of size 0; `stty` can.
    const { rows, cols } = size ?? { rows: 0, cols: 0 };
    const script = `stty rows ${rows} cols ${cols}; exec "$0" "$@"`;
    this.#pty = spawn('/bin/sh', ['-c', script, program, ...args], {
      name: 'xterm-256color',
      cwd: home,
      env: { LANG: 'C.UTF-8', ...process.env, TERM: 'xterm-256color', HOME: home, ...env },
      encoding: null,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    // With `encoding: null` node-pty gives buffers, whatever its types say.
    this.#pty.onData((bytes) => this.#keep(bytes as unknown as Buffer));
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#hasEnded = true;
        this.#wake?.();
        resolve({ exitCode, signal: signal ?? 0 });
      });
    });
  }

  write(bytes: Buffer): void {
    if (!this.#hasEnded) this.#pty.write(bytes as unknown as string);
  }

  resize(cols: number, rows: number): void {
    if (!this.#hasEnded) this.#pty.resize(cols, rows);
  }

  /** Ends the program itself; what it started hears of it from the terminal. */
  kill(): void {
    if (!this.#hasEnded) this.#pty.kill('SIGKILL');
  }

  /** Up to `maxBytes` of output, once there is some; `undefined` after the last. One reader at a time. */
  async read(maxBytes: number): Promise<Buffer | undefined> {
    while (this.#heldBytes === 0) {
      if (this.#hasEnded) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const [first] = this.#held;
    const bytes = this.#held.length === 1 && first ? first : Buffer.concat(this.#held);
    const taken = bytes.subarray(0, maxBytes);
    this.#held = taken.length < bytes.length ? [bytes.subarray(maxBytes)] : [];
    this.#heldBytes -= taken.length;
    if (this.#isPaused && this.#heldBytes < HIGH_WATER_BYTES) this.#resume();
    return taken;
  }

  #keep(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    this.#wake?.();
    if (this.#heldBytes < HIGH_WATER_BYTES || this.#isPaused) return;
    this.#isPaused = true;
    this.#pty.pause();
    this.#resumeAfterExit();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#pty.resume();
  }

  /** node-pty throws away what is unread 200 ms after the program's end, so a paused terminal must be read then. */
  #resumeAfterExit(): void {
    if (!this.#isPaused || this.#hasEnded) return;
    if (isRunning(this.#pty.pid)) setTimeout(() => this.#resumeAfterExit(), EXIT_PROBE_MS).unref();
    else this.#resume();
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
