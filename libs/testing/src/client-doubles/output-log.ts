import { until } from '../until.js';

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

  /** Waits for text that `pattern` finds in what came so far, and returns the match. */
  async match(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    const what = (): string =>
      `output that matches ${String(pattern)}; it is ${JSON.stringify(this.text().slice(-2_000))}`;
    return await until(what, () => pattern.exec(this.text()), deadlineMs);
  }
}
