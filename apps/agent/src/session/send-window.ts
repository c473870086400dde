/**
 * Counts what was sent on a channel and what the server has read of it. Pings carry the counts; a relay answers each in its
 * place between the frames, so that its pong tells that everything before the ping was read.
 */
export class SendWindow {
  readonly #windowBytes: number;
  #position = 0;
  #pingedPosition = 0;
  #readPosition = 0;
  #messages = 0;
  #pingedMessages = 0;
  #readMessages = 0;

  /** @param windowBytes  payload that may be under way unread */
  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /** Payload bytes sent since the channel began, whatever socket they took. */
  get position(): number {
    return this.#position;
  }

  /** Whether more payload may be sent. */
  get hasRoom(): boolean {
    return this.#position - this.#readPosition < this.#windowBytes;
  }

  /** Whether the window would close before an answer came if no ping went now. */
  get isPingDue(): boolean {
    return this.#position - this.#pingedPosition >= this.#windowBytes / 4;
  }

  /** Whether every message was told by a ping. */
  get isAllPinged(): boolean {
    return this.#pingedMessages === this.#messages;
  }

  /** Whether every message was read. */
  get isAllRead(): boolean {
    return this.#readMessages === this.#messages;
  }

  /** Notes a message, and its payload where that is output. */
  sent(outputBytes: number): void {
    this.#messages += 1;
    this.#position += outputBytes;
  }

  /** The text of a ping that is sent now. */
  ping(): string {
    this.#pingedPosition = this.#position;
    this.#pingedMessages = this.#messages;
    return `${this.#position} ${this.#messages}`;
  }

  /** Takes the text of a pong; one that no ping can have caused is ignored. */
  pong(text: string): void {
    const [position = NaN, messages = NaN] = text.split(' ').map(Number);
    if (!(position <= this.#pingedPosition && messages <= this.#pingedMessages)) return;
    this.#readPosition = Math.max(this.#readPosition, position);
    this.#readMessages = Math.max(this.#readMessages, messages);
  }

  /** Begins anew on another socket: what was under way on the last one can no longer be read. */
  restart(): void {
    this.#pingedPosition = this.#readPosition = this.#position;
    this.#messages = this.#pingedMessages = this.#readMessages = 0;
  }
}
