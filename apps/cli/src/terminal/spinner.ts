const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[2K';
/** A wait shorter than this shows nothing: a flash tells nobody anything. */
const FIRST_FRAME_MS = 150;
const FRAME_MS = 80;

/** As much of standard error as a spinner needs. */
export interface SpinnerStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A moving sign and a text on one line while something is awaited; nothing at all where the stream is no terminal. */
export class Spinner {
  readonly #stream: SpinnerStream;
  #text = '';
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;
  #isVisible = false;

  constructor(stream: SpinnerStream) {
    this.#stream = stream;
  }

  /** Starts, or changes the text of one that runs. */
  start(text: string): void {
    this.#text = text;
    if (this.#stream.isTTY !== true || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#draw(), FIRST_FRAME_MS);
  }

  /** Clears the line; starting again is possible. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isVisible) this.#stream.write(CLEAR_LINE);
    this.#isVisible = false;
  }

  #draw(): void {
    const sign = FRAMES[this.#frame++ % FRAMES.length] ?? '';
    this.#stream.write(`${CLEAR_LINE}${sign} ${this.#text}`);
    this.#isVisible = true;
    this.#timer = setTimeout(() => this.#draw(), FRAME_MS);
  }
}
