import { SessionConnection, type DialSession, type SessionEnd } from '@sallyport/client';
import type { Clock } from '@sallyport/kernel';
import { StatusCode } from '@sallyport/wire';
import { CliError } from '../cli-error.js';
import { EXIT_FAILURE, exitCodeOfSignal } from '../exit-codes.js';
import { EndOfInput, type LastLine } from '../terminal/end-of-input.js';
import { EscapeDetector } from '../terminal/escape-detector.js';
import { RawTerminal } from '../terminal/raw-terminal.js';
import { Spinner } from '../terminal/spinner.js';
import { TitleNotices } from '../terminal/title-notices.js';
import { endError, isOrdinaryEnd } from './end-error.js';
import { END_SIGNALS, type EndSignal, type ShellIo } from './shell-io.js';

/** What a shell session is made of. */
export interface ShellSessionOptions {
  /** `WebSocketUrl` of StartTerminalSession. */
  readonly url: string;
  readonly dial: DialSession;
  readonly clock: Clock;
  readonly io: ShellIo;
  readonly spinner: Spinner;
  /** What the program on the instance does with input that ends without a line break. */
  readonly lastLine: LastLine;
}

type OutputEvent = 'resize' | 'drain' | 'error';

const INTERRUPT = 0x03;
const ESCAPE_HELP = '\r\n~.  end the session\r\n~~  send a tilde\r\n~?  this help\r\n';
/** Long enough never to fire usefully: its only task is to keep the process alive between two connections. */
const STAY_ALIVE_MS = 3_600_000;

/**
 * Joins this process's terminal or pipes to a shell. With a terminal on both sides it is put into raw mode and `~.` is
 * looked for; otherwise standard input is fed as it is and its end becomes `^D`. Nothing of our own is written between the
 * shell's bytes.
 */
export class ShellSession {
  readonly #io: ShellIo;
  readonly #spinner: Spinner;
  readonly #connection: SessionConnection;
  readonly #terminal: RawTerminal;
  readonly #title: TitleNotices;
  readonly #escapes = new EscapeDetector();
  readonly #endOfInput: EndOfInput;
  readonly #signalListeners = new Map<EndSignal, () => void>();
  readonly #outputListeners = {
    resize: () => this.#resize(),
    drain: () => this.#connection.setReadingPaused(false),
    // The reader is gone (`| head`): nobody is left to run the shell for.
    error: () => this.#connection.close(),
  };
  readonly #isInteractive: boolean;
  #hasShell = false;
  #shellStatus: number | undefined;
  #lostBytes = 0;
  #endSignal: EndSignal | undefined;
  #finish: (end: SessionEnd) => void = () => undefined;

  constructor(options: ShellSessionOptions) {
    const { io, clock, url, dial, lastLine } = options;
    this.#io = io;
    this.#spinner = options.spinner;
    this.#isInteractive = io.stdin.isTTY === true && io.stdout.isTTY === true;
    this.#terminal = new RawTerminal(io.stdin, io.signals);
    this.#title = new TitleNotices((text) => {
      if (io.stdout.isTTY === true) io.stdout.write(text);
    });
    this.#connection = new SessionConnection({ url, dial, clock, events: this.#events() });
    this.#endOfInput = new EndOfInput({ clock, lastLine, send: (keys) => void this.#connection.send(keys) });
  }

  /**
   * Runs to the end of the session; call it once. The terminal is as it was before when this settles.
   * @returns the shell's exit status; 0 when its agent does not report one; 128 + number after a signal to this process
   * @throws CliError when the session ended in any other way
   */
  async run(): Promise<number> {
    const stayAlive = setInterval(() => undefined, STAY_ALIVE_MS);
    try {
      const end = await new Promise<SessionEnd>((resolve) => {
        this.#finish = resolve;
        this.#start();
      });
      await this.#flush();
      return this.#exitStatus(end);
    } finally {
      clearInterval(stayAlive);
      this.#stop();
    }
  }

  #start(): void {
    const { stdin, stdout, signals } = this.#io;
    if (this.#isInteractive) this.#enterTerminal();
    for (const signal of END_SIGNALS) {
      const listener = (): void => this.#signalled(signal);
      this.#signalListeners.set(signal, listener);
      signals.on(signal, listener);
    }
    for (const [event, listener] of Object.entries(this.#outputListeners))
      stdout.on(event as OutputEvent, listener);
    stdin.on('data', (bytes) => this.#typed(bytes));
    stdin.on('end', () => this.#endOfInput.end());
    stdin.on('error', () => this.#connection.close());
    this.#resize();
    this.#connection.open();
  }

  #enterTerminal(): void {
    this.#terminal.enter();
    this.#io.leaveOutputAlone();
  }

  #stop(): void {
    const { stdin, stdout, signals } = this.#io;
    this.#spinner.stop();
    this.#endOfInput.stop();
    this.#title.end();
    this.#terminal.restore();
    for (const [signal, listener] of this.#signalListeners) signals.removeListener(signal, listener);
    for (const event of ['data', 'end', 'error'] as const) stdin.removeAllListeners(event);
    for (const [event, listener] of Object.entries(this.#outputListeners))
      stdout.removeListener(event as OutputEvent, listener);
    stdin.pause();
  }

  #events() {
    return {
      status: (code: number) => {
        if (code === StatusCode.Opened) this.#shellIsUp();
      },
      ready: () => this.#shellIsUp(),
      output: (bytes: Uint8Array) => this.#print(bytes),
      outputLost: (bytes: number) => void (this.#lostBytes += bytes),
      exit: ({ code }: { code: number }) => void (this.#shellStatus = code),
      drained: () => void this.#io.stdin.resume(),
      reconnecting: () => this.#title.show('sallyport: connection lost, reconnecting'),
      resumed: () => this.#title.clear(),
      closed: (end: SessionEnd) => this.#finish(end),
    };
  }

  #shellIsUp(): void {
    this.#hasShell = true;
    this.#spinner.stop();
  }

  #print(bytes: Uint8Array): void {
    this.#shellIsUp();
    if (!this.#io.stdout.write(bytes)) this.#connection.setReadingPaused(true);
    this.#title.follow(bytes);
    this.#endOfInput.heard();
  }

  #typed(bytes: Uint8Array): void {
    if (!this.#isInteractive) this.#feed(bytes);
    // In raw mode no signal comes of ^C: before there is a shell it is for us.
    else if (!this.#hasShell && bytes.includes(INTERRUPT)) this.#signalled('SIGINT');
    else this.#typedInteractively(bytes);
  }

  #typedInteractively(bytes: Uint8Array): void {
    const { forward, request } = this.#escapes.feed(bytes);
    this.#feed(forward);
    if (request === 'help') this.#io.stdout.write(ESCAPE_HELP);
    if (request === 'end') this.#connection.close();
  }

  #feed(bytes: Uint8Array): void {
    this.#endOfInput.sent(bytes);
    if (!this.#connection.send(bytes)) this.#io.stdin.pause();
  }

  #signalled(signal: EndSignal): void {
    this.#endSignal = signal;
    this.#connection.close();
  }

  #resize(): void {
    const { isTTY, rows = 0, columns = 0 } = this.#io.stdout;
    // A terminal that does not know its size says 0.
    if (isTTY === true && rows > 0 && columns > 0) this.#connection.resize({ rows, cols: columns });
  }

  /** Standard output may be slower than the session. */
  #flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#io.stdout.write('', () => resolve());
    });
  }

  #exitStatus(end: SessionEnd): number {
    if (this.#endSignal !== undefined) return exitCodeOfSignal(this.#endSignal);
    if (this.#lostBytes > 0 && !this.#isInteractive)
      throw new CliError(`${this.#lostBytes} bytes of output were lost while the connection was away`);
    if (this.#shellStatus !== undefined) return this.#shellStatus;
    if (isOrdinaryEnd(end)) return 0;
    if (end.kind === 'ended') return EXIT_FAILURE;
    throw endError(end);
  }
}
