const ESCAPE = 0x1b;
const BELL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;

type State = 'ground' | 'escape' | 'csi' | 'string' | 'string-escape';

const isIn = (byte: number, from: number, to: number): boolean => byte >= from && byte <= to;

/** After `ESC`: which sequence begins. Intermediates (`ESC ( B`) keep it open; any other final ends it. */
function afterEscape(byte: number): State {
  if (byte === 0x5b) return 'csi';
  // OSC, DCS, SOS, PM, APC: text until a terminator.
  if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return 'string';
  return isIn(byte, 0x20, 0x2f) ? 'escape' : 'ground';
}

/**
 * Follows a terminal's input just closely enough to know whether it stands between two characters, so that a window title
 * can be set there without breaking an escape sequence or a UTF-8 character in two.
 */
export class OutputBoundary {
  #state: State = 'ground';
  #missingUtf8Bytes = 0;

  /** True when something may be written here. */
  get isClean(): boolean {
    return this.#state === 'ground' && this.#missingUtf8Bytes === 0;
  }

  /** Takes note of bytes on their way to the terminal. */
  feed(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  #take(byte: number): void {
    if (byte === CANCEL || byte === SUBSTITUTE) this.#state = 'ground';
    else if (this.#state === 'ground') this.#takeText(byte);
    else this.#state = this.#next(byte);
  }

  #next(byte: number): State {
    switch (this.#state) {
      case 'csi':
        if (byte === ESCAPE) return 'escape';
        return isIn(byte, 0x40, 0x7e) ? 'ground' : 'csi';
      case 'string':
        if (byte === ESCAPE) return 'string-escape';
        return byte === BELL ? 'ground' : 'string';
      case 'string-escape':
        return byte === 0x5c ? 'ground' : afterEscape(byte);
      case 'escape':
        return byte === ESCAPE ? 'escape' : afterEscape(byte);
      case 'ground':
        return 'ground';
    }
  }

  #takeText(byte: number): void {
    if (byte === ESCAPE) this.#state = 'escape';
    if (isIn(byte, 0x80, 0xbf)) this.#missingUtf8Bytes = Math.max(0, this.#missingUtf8Bytes - 1);
    else this.#missingUtf8Bytes = utf8Followers(byte);
  }
}

/** Bytes that follow a UTF-8 lead byte; 0 for ASCII and for bytes that lead nothing. */
function utf8Followers(byte: number): number {
  if (isIn(byte, 0xc2, 0xdf)) return 1;
  if (isIn(byte, 0xe0, 0xef)) return 2;
  return isIn(byte, 0xf0, 0xf4) ? 3 : 0;
}
