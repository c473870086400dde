/** A terminal's input, as far as raw mode needs it. */
export interface RawModeInput {
  readonly isTTY?: boolean;
  setRawMode(isRaw: boolean): unknown;
}

/** Where the end of the process is announced, in whatever way it comes. */
export interface ExitAnnouncer {
  on(event: 'exit', listener: () => void): unknown;
  removeListener(event: 'exit', listener: () => void): unknown;
}

/** Puts the terminal into raw mode and gives it back: by `restore`, or when the process exits without having called it. */
export class RawTerminal {
  readonly #input: RawModeInput;
  readonly #announcer: ExitAnnouncer;
  readonly #onExit = (): void => this.restore();
  #isRaw = false;

  constructor(input: RawModeInput, announcer: ExitAnnouncer) {
    this.#input = input;
    this.#announcer = announcer;
  }

  enter(): void {
    if (this.#isRaw || this.#input.isTTY !== true) return;
    this.#isRaw = true;
    this.#announcer.on('exit', this.#onExit);
    this.#input.setRawMode(true);
  }

  /** Repeating it does nothing. */
  restore(): void {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    this.#announcer.removeListener('exit', this.#onExit);
    this.#input.setRawMode(false);
  }
}
