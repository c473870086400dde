import { until } from '../until.js';

/** How far back {@link OutputLog.line} looks. */
const LINE_SEARCH_BYTES = 65_536;

/** Output as it came, kept whole for comparison. */
export class OutputLog {
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #text: { readonly ofBytes: number; readonly text: string } = { ofBytes: 0, text: '' };

  add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  get byteLength(): number {
    return this.#bytes;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  text(): string {
    if (this.#text.ofBytes !== this.#bytes)
      this.#text = { ofBytes: this.#bytes, text: this.bytes().toString('utf8') };
    return this.#text.text;
  }

  /** The last `bytes` or so, at whatever border; cheap however much came before. */
  tail(bytes: number): string {
    const parts: Buffer[] = [];
    for (let at = this.#parts.length - 1, length = 0; at >= 0 && length < bytes; at--) {
      const part = this.#parts[at];
      if (part) parts.unshift(part);
      length += part?.length ?? 0;
    }
    return Buffer.concat(parts).toString('utf8');
  }

  /**
   * The lines that came so far as a person sees them: without the marks that bracket pastes, whatever carriage returns
   * a terminal on the way added; the last one may be incomplete.
   */
  lines(): string[] {
    return visibleLines(this.text());
  }

  /** Waits for a whole line that `pattern` matches, and returns the match. */
  async line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | null | undefined =>
      visibleLines(this.tail(LINE_SEARCH_BYTES))
        .slice(0, -1)
        .map((line) => pattern.exec(line))
        .find((match) => match !== null);
    const what = (): string =>
      `a line that matches ${String(pattern)}; the output ends ${JSON.stringify(this.tail(500))}`;
    return await until(what, find, deadlineMs);
  }

  /** Waits for text that `pattern` finds in what came so far, and returns the match. */
  async match(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    const what = (): string =>
      `output that matches ${String(pattern)}; it is ${JSON.stringify(this.tail(500))}`;
    return await until(what, () => pattern.exec(this.text()), deadlineMs);
  }
}

const visibleLines = (text: string): string[] =>
  // eslint-disable-next-line no-control-regex -- terminals speak in control characters
  text.replace(/\x1b\[\?2004[hl]\r?/g, '').split(/\r*\n/);
