import { MessageType } from '@sallyport/wire';
import { MAX_REPLAY_BYTES, MAX_SLICE_BYTES, REPLAY_ENTRY_OVERHEAD_BYTES } from './bounds.js';

/** A message for the client, kept until it is acknowledged or falls out. */
export interface ReplayEntry {
  readonly type: number;
  /** Number of this Output, from 1; of the last one before it for any other message. */
  seq: number;
  /** Output bytes before this message. */
  position: number;
  payload: Uint8Array;
}

/** What acknowledgements count: Output messages (1.02) or Output bytes (1.03). */
export type ReplayUnit = 'messages' | 'bytes';

const costOf = (entry: ReplayEntry): number => entry.payload.length + REPLAY_ENTRY_OVERHEAD_BYTES;

/**
 * What a client that can resume may ask for again: entries already written, oldest first, then entries that have
 * never been written. Only written ones are ever dropped.
 */
export class ReplayLog {
  #unit: ReplayUnit = 'messages';
  #entries: ReplayEntry[] = [];
  /** Entries before this index have been written to the client's present or last socket. */
  #written = 0;
  #bytes = 0;
  #lastSeq = 0;
  #position = 0;

  /** Memory of all entries, their overhead included. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Number of the last Output. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Output bytes so far. */
  get position(): number {
    return this.#position;
  }

  /** Whether another piece fits while no client takes any. */
  get hasRoom(): boolean {
    return this.#bytes + MAX_SLICE_BYTES + REPLAY_ENTRY_OVERHEAD_BYTES <= MAX_REPLAY_BYTES;
  }

  /** The oldest entry that has not been written. */
  get unwritten(): ReplayEntry | undefined {
    return this.#entries[this.#written];
  }

  /** Chooses what {@link acknowledge} and {@link rewind} count. */
  countIn(unit: ReplayUnit): void {
    this.#unit = unit;
  }

  /** Adds a message after all others, unwritten. @param payload  kept, not copied */
  append(type: number, payload: Uint8Array): ReplayEntry {
    const isOutput = type === MessageType.Output;
    if (isOutput) this.#lastSeq += 1;
    const entry = { type, seq: this.#lastSeq, position: this.#position, payload };
    if (isOutput) this.#position += payload.length;
    this.#entries.push(entry);
    this.#bytes += costOf(entry);
    return entry;
  }

  /** Counts an Output that is not kept. */
  skip(payloadBytes: number): void {
    this.#lastSeq += 1;
    this.#position += payloadBytes;
  }

  /** The oldest unwritten entry has been written. @param payload  the same bytes, to be kept instead */
  wrote(payload: Uint8Array): void {
    const entry = this.#entries[this.#written];
    if (entry === undefined) return;
    entry.payload = payload;
    this.#written += 1;
    while (this.#bytes > MAX_REPLAY_BYTES && this.#written > 0) this.#dropFirst();
  }

  /** The client has everything up to `mark`: a sequence number or a position. */
  acknowledge(mark: number): void {
    for (let first = this.#entries[0]; first && this.#written > 0; first = this.#entries[0]) {
      if (this.#endOf(first) > mark) return;
      this.#dropFirst();
    }
  }

  /**
   * The client wants everything after `mark` again. Sequence numbers go on from there even when older entries
   * have fallen out: a 1.02 client that misses a number asks for ever. Positions say honestly what is missing.
   */
  rewind(mark: number): void {
    this.acknowledge(mark);
    this.#written = 0;
    if (this.#unit === 'bytes') this.#cutFirst(mark);
    else this.#renumber(mark);
  }

  clear(): void {
    this.#entries = [];
    this.#written = this.#bytes = 0;
  }

  #endOf(entry: ReplayEntry): number {
    if (this.#unit === 'messages') return entry.seq;
    // A message without bytes cannot be acknowledged by its own position, only by a later one.
    return entry.type === MessageType.Output ? entry.position + entry.payload.length : entry.position + 1;
  }

  #dropFirst(): void {
    const first = this.#entries.shift();
    if (first === undefined) return;
    this.#bytes -= costOf(first);
    this.#written -= 1;
  }

  #cutFirst(mark: number): void {
    const first = this.#entries[0];
    const cut = first === undefined ? 0 : mark - first.position;
    if (first === undefined || cut <= 0 || cut >= first.payload.length) return;
    first.payload = first.payload.subarray(cut);
    first.position = mark;
    this.#bytes -= cut;
  }

  #renumber(mark: number): void {
    const first = this.#entries[0];
    const shift = mark - (first === undefined ? this.#lastSeq : first.seq - 1);
    for (const entry of this.#entries) entry.seq += shift;
    this.#lastSeq += shift;
  }
}
