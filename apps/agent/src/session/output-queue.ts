/** Largest payload of one message: the relay cuts there anyway. */
export const MAX_PART_BYTES = 16_384;

/** Something to send: bytes, or a message that has its place between them. */
export type Part =
  | { readonly type?: undefined; readonly payload: Uint8Array }
  | { readonly type: number; readonly payload: Uint8Array };

/** What waits to be sent on a channel, in order. Small pieces become one, large ones several. */
export class OutputQueue {
  readonly #parts: Part[] = [];
  #bytes = 0;

  /** Bytes that wait; messages do not count. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** Takes a view of `payload`. */
  pushBytes(payload: Uint8Array): void {
    if (payload.length === 0) return;
    this.#parts.push({ payload });
    this.#bytes += payload.length;
  }

  pushMessage(type: number, payload: Uint8Array): void {
    this.#parts.push({ type, payload });
  }

  /** The next message, or 1 to 16,384 bytes; undefined when nothing waits. */
  shift(): Part | undefined {
    const first = this.#parts[0];
    if (first === undefined || first.type !== undefined) return this.#parts.shift();
    const pieces: Uint8Array[] = [];
    let room = MAX_PART_BYTES;
    for (
      let part: Part | undefined = first;
      part?.type === undefined && part && room > 0;
      part = this.#parts[0]
    ) {
      const piece = part.payload.subarray(0, room);
      if (piece.length === part.payload.length) this.#parts.shift();
      else this.#parts[0] = { payload: part.payload.subarray(piece.length) };
      pieces.push(piece);
      room -= piece.length;
    }
    this.#bytes -= MAX_PART_BYTES - room;
    return {
      payload: pieces.length === 1 ? first.payload.subarray(0, MAX_PART_BYTES) : Buffer.concat(pieces),
    };
  }
}
