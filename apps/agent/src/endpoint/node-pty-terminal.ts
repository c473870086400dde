import { requireBinary } from '@lydell/node-pty/requireBinary.js';
import type { Clock } from '@sallyport/kernel';
import type { Exit, TerminalSize } from '@sallyport/wire';
import { chownSync, closeSync, constants as fileModes, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { ReadStream } from 'node:tty';
import { messageOf, within } from '../wait.js';
import { DescriptorWriter } from './descriptor-writer.js';
import { EndpointError, type Endpoint, type EndpointEvents } from './endpoint.port.js';
import type { ShellCommand } from './shell-command.js';
import { signalGroups, terminalGroups } from './terminal-signals.js';
import type { OpenTerminal } from './terminal.port.js';

const FIRST_SIZE: TerminalSize = { rows: 24, cols: 80 };
/** How long what runs on a terminal may take to tidy up after SIGHUP. */
const GRACE_MS = 2_000;
/** How long SIGKILL is waited for: a process in the kernel's hands may outlive it. */
const DEATH_MS = 1_000;
/** More than a kernel keeps for a terminal: a background job that outlives its shell and never stops writing is cut off here. */
const MAX_LAST_BYTES = 262_144;
const READ_BYTES = 16_384;
const UNCHANGED = -1;
/** Shells tell a signal as this and its number. */
const SIGNAL_STATUS = 128;

/** Opens terminals of the operating system. */
export const nodePtyTerminals =
  (clock: Clock): OpenTerminal =>
  (command, events) =>
    new NodePtyTerminal(command, events, clock);

/**
 * A program behind a pseudo-terminal. Its output is delivered to the last byte, however slowly that is taken: this process
 * holds the program's side open too, because Node's event loop takes a hang-up for the end although there is more to read.
 * What is left once the program has ended is read by hand.
 */
class NodePtyTerminal implements Endpoint {
  readonly #events: EndpointEvents;
  readonly #clock: Clock;
  readonly #native = requireBinary('pty.node');
  readonly #fd: number;
  readonly #slaveFd: number;
  readonly #pid: number;
  readonly #output: ReadStream;
  readonly #input: DescriptorWriter;
  #exit: Exit | undefined;
  #lastBytes = 0;
  #isPaused = false;
  /** The descriptors must not be used: their numbers may be other files'. */
  #isGone = false;
  #onExit: (() => void) | undefined;

  constructor(command: ShellCommand, events: EndpointEvents, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
    const { fd, pid, pty } = this.#fork(command);
    // Programs such as tmux open their terminal by its name; the agent opened it, so it would stay the agent's.
    if (command.terminalOwner !== undefined) chownSync(pty, command.terminalOwner, UNCHANGED);
    this.#slaveFd = openSync(pty, fileModes.O_RDWR | fileModes.O_NOCTTY);
    this.#fd = fd;
    this.#pid = pid;
    this.#input = new DescriptorWriter(fd, clock, () => this.#events.drained());
    this.#output = new ReadStream(fd);
    this.#output.on('error', () => this.#destroy()).on('data', (bytes: Buffer) => this.#deliver(bytes));
  }

  write(bytes: Uint8Array): boolean {
    return this.#input.write(bytes);
  }

  resize({ rows, cols }: TerminalSize): void {
    if (!this.#isGone) this.#native.resize(this.#fd, cols, rows);
  }

  pause(): void {
    this.#isPaused = true;
    this.#output.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#output.resume();
    if (this.#exit) this.#drainSoon();
  }

  /** SIGHUP, as from a terminal that was switched off; SIGKILL after 2 s. At most 3 s. */
  async close(): Promise<void> {
    if (this.#exit) {
      this.#destroy();
      return;
    }
    const groups = terminalGroups(this.#pid);
    signalGroups(groups, 'SIGHUP');
    this.#destroy();
    const exited = new Promise<true>((resolve) => (this.#onExit = () => resolve(true)));
    if (await within(this.#clock, GRACE_MS, exited)) return;
    signalGroups(groups, 'SIGKILL');
    await within(this.#clock, DEATH_MS, exited);
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

  #deliver(bytes: Buffer): void {
    if (this.#isGone) return;
    if (this.#exit) this.#lastBytes += bytes.length;
    this.#events.data(bytes);
  }

  #exited(code: number, signal: number): void {
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    this.#exit = signal === 0 ? { code } : { code: SIGNAL_STATUS + signal, ...(name && { signal: name }) };
    this.#onExit?.();
    this.#drainSoon();
  }

  /** After what the stream has read and not yet given out. */
  #drainSoon(): void {
    setImmediate(() => {
      if (this.#isPaused || this.#isGone || !this.#exit) return;
      if (this.#output.readableLength > 0) this.#drainSoon();
      else this.#drain(this.#exit);
    });
  }

  /** All that the program wrote is in the kernel by now: an empty terminal is the end, whoever else has it open. */
  #drain(exit: Exit): void {
    while (!this.#isPaused && this.#lastBytes <= MAX_LAST_BYTES) {
      const bytes = this.#read();
      if (!bytes) break;
      this.#deliver(bytes);
    }
    if (this.#isPaused) return;
    this.#destroy();
    this.#events.ended({ kind: 'exited', exit });
  }

  /** @returns undefined when there is nothing */
  #read(): Buffer | undefined {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    try {
      const length = readSync(this.#fd, buffer);
      return length > 0 ? buffer.subarray(0, length) : undefined;
    } catch {
      // EAGAIN; EIO would mean that the terminal is gone.
      return undefined;
    }
  }

  #destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#input.close();
    this.#output.destroy();
    closeSync(this.#slaveFd);
  }
}
