import type { Clock, Timer } from '@sallyport/kernel';

const END_OF_TRANSMISSION = 0x04;
const LINE_FEED = 0x0a;
/** How long the shell must be silent before it is taken to wait for input. */
const QUIET_MS = 150;
const MAX_QUIET_MS = 5_000;

/** What a program does when its input ends without a line break. */
export type LastLine =
  /** A shell still runs the line: it is completed. */
  | 'complete'
  /** A filter must not get a byte that was not there: a first `^D` hands the line over, the second ends. */
  | 'hand-over';

/**
 * Tells a program behind a terminal that its input has ended. An ended input stays ended, but `^D` is a key press that is
 * lost when the terminal changes its mode at that moment (a shell that is just starting, or coming back from a command), so
 * it is repeated each time the program has said something and fallen silent.
 */
export class EndOfInput {
  readonly #clock: Clock;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #lastLine: LastLine;
  #lastByte = LINE_FEED;
  #isEnded = false;
  #quietMs = QUIET_MS;
  #timer: Timer | undefined;

  constructor(options: { clock: Clock; lastLine: LastLine; send: (bytes: Uint8Array) => void }) {
    this.#clock = options.clock;
    this.#lastLine = options.lastLine;
    this.#send = options.send;
  }

  /** Call it with each piece of input. */
  sent(bytes: Uint8Array): void {
    this.#lastByte = bytes.at(-1) ?? this.#lastByte;
  }

  /** Call it once, when the input has ended and all of it was given to `send`. */
  end(): void {
    this.#isEnded = true;
    if (this.#lastByte === LINE_FEED) this.#press(END_OF_TRANSMISSION);
    else this.#press(this.#lastLine === 'complete' ? LINE_FEED : END_OF_TRANSMISSION, END_OF_TRANSMISSION);
  }

  /** Call it with each piece of output. */
  heard(): void {
    if (!this.#isEnded) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#quietMs, () => this.#repeat());
  }

  /** Stops repeating. */
  stop(): void {
    this.#isEnded = false;
    this.#timer?.cancel();
  }

  #repeat(): void {
    // A program that answers each ^D and stays would otherwise be asked for ever at the same pace.
    this.#quietMs = Math.min(MAX_QUIET_MS, this.#quietMs * 2);
    this.#press(END_OF_TRANSMISSION);
  }

  #press(...keys: number[]): void {
    this.#send(Uint8Array.from(keys));
  }
}
