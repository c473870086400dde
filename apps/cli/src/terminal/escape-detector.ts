const TILDE = 0x7e;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What typed bytes turned out to be. */
export interface Typed {
  /** Bytes for the shell. */
  readonly forward: Uint8Array;
  /** `~.` or `~?` was typed; after `end` the rest of the input is dropped. */
  readonly request?: 'end' | 'help';
}

/** Finds `~.`, `~?` and `~~` at the start of a line, as ssh does; a lone `~` waits there for the key after it. */
export class EscapeDetector {
  #isLineStart = true;
  #hasTilde = false;

  /** @param chunk  bytes as they were typed; an escape may be split over several calls */
  feed(chunk: Uint8Array): Typed {
    const forward: number[] = [];
    let isHelpAsked = false;
    for (const byte of chunk) {
      if (this.#hasTilde && byte === DOT) return { forward: Uint8Array.from(forward), request: 'end' };
      if (this.#hasTilde && byte === QUESTION_MARK) isHelpAsked = true;
      this.#take(byte, forward);
    }
    return { forward: Uint8Array.from(forward), ...(isHelpAsked ? { request: 'help' as const } : {}) };
  }

  #take(byte: number, forward: number[]): void {
    if (this.#hasTilde) this.#takeAfterTilde(byte, forward);
    else if (this.#isLineStart && byte === TILDE) this.#hasTilde = true;
    else this.#pass(byte, forward);
  }

  #takeAfterTilde(byte: number, forward: number[]): void {
    this.#hasTilde = false;
    // After help the line still begins here: the next escape needs no Enter first.
    if (byte === QUESTION_MARK) return;
    if (byte !== TILDE) forward.push(TILDE);
    this.#pass(byte, forward);
  }

  #pass(byte: number, forward: number[]): void {
    forward.push(byte);
    this.#isLineStart = byte === LINE_FEED || byte === CARRIAGE_RETURN;
  }
}
