const EMPTY = new Uint8Array(0);
const MIN_CAPACITY_BYTES = 1_024;

/** Bytes in order, in one buffer: however small the pieces, what it costs is what they hold. */
export class ByteQueue {
  #buffer: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** All of it; valid until the next call of another method. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Adds a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Removes the first `count` bytes, at most all. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start >= this.#end) this.clear();
  }

  /** Removes everything and gives the memory back. */
  clear(): void {
    this.#buffer = EMPTY;
    this.#start = this.#end = 0;
  }

  #makeRoom(extraBytes: number): void {
    const kept = this.bytes;
    const neededBytes = kept.length + extraBytes;
    const isWorthMoving = 2 * neededBytes <= this.#buffer.length;
    const grownBytes = Math.max(MIN_CAPACITY_BYTES, neededBytes + (kept.length >>> 1));
    const buffer = isWorthMoving ? this.#buffer : new Uint8Array(grownBytes);
    buffer.set(kept);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = kept.length;
  }
}
