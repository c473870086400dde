import { OutputBoundary } from './output-boundary.js';

// XTWINOPS 22/23: terminals that keep a stack of titles give the person's own one back.
const PUSH_TITLE = '\u001b[22;2t';
const POP_TITLE = '\u001b[23;2t';
const titleOf = (text: string): string => `\u001b]2;${text}\u0007`;

/**
 * Tells the person about the connection in the window title, never between the shell's bytes: what the shell prints stays
 * exactly what it printed. Follows the output, and keeps a notice back while an escape sequence is open.
 */
export class TitleNotices {
  readonly #boundary = new OutputBoundary();
  readonly #write: (text: string) => void;
  #isShown = false;
  /** `''` asks for the title to be given back. */
  #waiting: string | undefined;

  /** @param write  puts text on the terminal, or does nothing when there is none */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Call it with each piece of output, after it was written. */
  follow(output: Uint8Array): void {
    this.#boundary.feed(output);
    this.#settle();
  }

  /** @param text  printable, short */
  show(text: string): void {
    this.#waiting = text;
    this.#settle();
  }

  /** Gives the person's title back if a notice took its place. */
  clear(): void {
    this.#waiting = '';
    this.#settle();
  }

  /** As {@link clear}, now: call it when no output can follow any more. */
  end(): void {
    if (this.#isShown) this.#write(POP_TITLE);
    this.#isShown = false;
    this.#waiting = undefined;
  }

  #settle(): void {
    if (this.#waiting === undefined || !this.#boundary.isClean) return;
    if (this.#waiting === '') this.end();
    else this.#put(this.#waiting);
  }

  #put(notice: string): void {
    this.#write((this.#isShown ? '' : PUSH_TITLE) + titleOf(notice));
    this.#isShown = true;
    this.#waiting = undefined;
  }
}
