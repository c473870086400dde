import { requireBinary } from '@lydell/node-pty/requireBinary.js';
import type { Clock, Timer } from '@sallyport/kernel';
import type { Exit, TerminalSize } from '@sallyport/wire';
import { chownSync } from 'node:fs';
import { constants } from 'node:os';
import { ReadStream } from 'node:tty';
import { messageOf } from '../wait.js';
import { DescriptorWriter } from './descriptor-writer.js';
import { EndpointError, type Endpoint, type EndpointEvents } from './endpoint.port.js';
import { signalTerminal } from './terminal-signals.js';
import type { ShellCommand } from './shell-command.js';
import type { OpenTerminal } from './terminal.port.js';

const FIRST_SIZE: TerminalSize = { rows: 24, cols: 80 };
/** How long what runs on a terminal may take to tidy up after SIGHUP. */
const GRACE_MS = 2_000;
/** Background jobs may hold a terminal open long after its shell; its own last words were there before its end was seen. */
const QUIET_MS = 100;
/** More than a kernel keeps for a terminal: a background job that never stops writing is cut off here. */
const MAX_LAST_BYTES = 262_144;
const UNCHANGED = -1;
const MAX_SIGNAL_STATUS = 128;

/** Opens terminals of the operating system. */
export const nodePtyTerminals =
  (clock: Clock): OpenTerminal =>
  (command, events) =>
    new NodePtyTerminal(command, events, clock);

/** A program behind a pseudo-terminal. Its output is delivered to the last byte, however slowly that is taken. */
class NodePtyTerminal implements Endpoint {
  readonly #events: EndpointEvents;
  readonly #clock: Clock;
  readonly #native = requireBinary('pty.node');
  readonly #fd: number;
  readonly #pid: number;
  readonly #output: ReadStream;
  readonly #input: DescriptorWriter;
  #exit: Exit | undefined;
  #lastBytes = 0;
  #isPaused = false;
  /** The descriptor must not be used: its number may be another file's. */
  #isGone = false;
  #isOutputOver = false;
  #hasEnded = false;
  #quietTimer: Timer | undefined;
  #onExit: (() => void) | undefined;

  constructor(command: ShellCommand, events: EndpointEvents, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
    const { fd, pid, pty } = this.#fork(command);
    // Programs such as tmux open their terminal by its name; the agent opened it, so it would stay the agent's.
    if (command.terminalOwner !== undefined) chownSync(pty, command.terminalOwner, UNCHANGED);
    this.#fd = fd;
    this.#pid = pid;
    this.#input = new DescriptorWriter(fd, clock, () => this.#events.drained());
    this.#output = new ReadStream(fd);
    // EIO is how Linux tells that nobody has the terminal open any more.
    this.#output.on('error', () => this.#descriptorGone()).on('end', () => this.#descriptorGone());
    this.#output.on('close', () => this.#outputOver());
    this.#output.on('data', (bytes: Buffer) => this.#received(bytes));
  }

  write(bytes: Uint8Array): boolean {
    return this.#input.write(bytes);
  }

  resize({ rows, cols }: TerminalSize): void {
    if (!this.#isGone) this.#native.resize(this.#fd, cols, rows);
  }

  pause(): void {
    this.#isPaused = true;
    this.#quietTimer?.cancel();
    this.#output.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#output.resume();
    this.#awaitQuiet();
  }

  /** SIGHUP, as from a terminal that was switched off; SIGKILL after 2 s. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    this.#input.close();
    this.#output.resume();
    if (!this.#exit) {
      signalTerminal(this.#pid, 'SIGHUP');
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(GRACE_MS, () => {
          signalTerminal(this.#pid, 'SIGKILL');
          resolve();
        });
        this.#onExit = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#destroy();
  }

  #fork({ file, args, env, cwd }: ShellCommand): { fd: number; pid: number; pty: string } {
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { cols, rows } = FIRST_SIZE;
    const exited = (code: number, signal: number): void => this.#exited(code, signal);
    try {
      return this.#native.fork(file, args, pairs, cwd, cols, rows, UNCHANGED, UNCHANGED, true, '', exited);
    } catch (error) {
      throw new EndpointError('Open_pty_failed', `no terminal: ${messageOf(error)}`, { cause: error });
    }
  }

  #received(bytes: Buffer): void {
    if (this.#hasEnded) return;
    this.#events.data(bytes);
    if (!this.#exit) return;
    this.#lastBytes += bytes.length;
    if (this.#lastBytes > MAX_LAST_BYTES) this.#destroy();
    else this.#awaitQuiet();
  }

  #exited(code: number, signal: number): void {
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    this.#exit =
      signal === 0 ? { code } : { code: MAX_SIGNAL_STATUS + signal, ...(name && { signal: name }) };
    this.#onExit?.();
    if (this.#isOutputOver) this.#end();
    else this.#awaitQuiet();
  }

  /** After the exit: gives up waiting for the terminal's close once nothing comes while it is being read. */
  #awaitQuiet(): void {
    this.#quietTimer?.cancel();
    if (!this.#exit || this.#isPaused || this.#isOutputOver) return;
    const { bytesRead } = this.#output;
    this.#quietTimer = this.#clock.after(QUIET_MS, () => {
      // Timers come before reads when the process was busy: what is there already must be read first.
      setImmediate(() => {
        if (this.#isPaused || this.#output.bytesRead !== bytesRead) return;
        this.#destroy();
      });
    });
  }

  #destroy(): void {
    this.#descriptorGone();
    this.#output.destroy();
  }

  #descriptorGone(): void {
    this.#isGone = true;
    this.#quietTimer?.cancel();
    this.#input.close();
  }

  #outputOver(): void {
    this.#isOutputOver = true;
    this.#descriptorGone();
    if (this.#exit) this.#end();
  }

  #end(): void {
    if (this.#hasEnded || !this.#exit) return;
    this.#hasEnded = true;
    this.#events.ended({ kind: 'exited', exit: this.#exit });
  }
}
