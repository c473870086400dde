/** What the owner of a byte socket hears; set once. */
export interface ByteSocketHandlers {
  data(view: Uint8Array): void;
  drain(): void;
  closed(): void;
}

/**
 * One end of an in-memory byte stream with the shape of the relay's raw socket. Bytes arrive on a later turn of
 * the event loop, never inside `write`; what is written while the reader is paused waits on this side, and
 * `write` says `false` once more than the window waits.
 */
export class VirtualByteSocket {
  peer!: VirtualByteSocket;
  isDestroyed = false;
  readonly #windowBytes: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #isEnding = false;
  #needsDrain = false;
  #isScheduled = false;
  #handlers: ByteSocketHandlers | undefined;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /** Bytes written here that the other end has not taken. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The bytes are copied: the caller may reuse its buffer. */
  write(bytes: Uint8Array): boolean {
    if (this.isDestroyed || this.#isEnding) return false;
    this.#waiting.push(bytes.slice());
    this.#waitingBytes += bytes.length;
    this.#schedule();
    this.#needsDrain = this.#waitingBytes > this.#windowBytes;
    return !this.#needsDrain;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.peer.#schedule();
  }

  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    setImmediate(() => {
      this.#handlers?.closed();
      this.peer.destroy();
    });
  }

  bind(handlers: ByteSocketHandlers): void {
    this.#handlers = handlers;
    this.peer.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.isDestroyed) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const reader = this.peer.#handlers;
    if (this.isDestroyed || reader === undefined) return;
    while (!this.peer.#isPaused && this.#waiting.length > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingBytes -= next.length;
      reader.data(next);
    }
    if (this.#needsDrain && this.#waitingBytes === 0) {
      this.#needsDrain = false;
      this.#handlers?.drain();
    }
    if (this.#isEnding && this.#waitingBytes === 0) this.destroy();
  }
}

/**
 * Two joined {@link VirtualByteSocket}s.
 * @param windowBytes  how much may wait for a slow reader before `write` says `false`
 */
export function virtualSocketPair(windowBytes = 16_384): [VirtualByteSocket, VirtualByteSocket] {
  const a = new VirtualByteSocket(windowBytes);
  const b = new VirtualByteSocket(windowBytes);
  a.peer = b;
  b.peer = a;
  return [a, b];
}
