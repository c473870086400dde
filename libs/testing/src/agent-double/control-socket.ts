import type { Clock } from '@sallyport/kernel';
import { Opcode } from '../sockets/frame-reader.js';
import type { CloseInfo, RawWebSocket } from '../sockets/raw-websocket.js';
import { takeKick, type KickAction } from './kicks.js';
import type { Observe } from './observations.js';
import { sleep } from './sleep.js';

/** What a control socket needs of its agent. */
export interface ControlHost {
  readonly clock: Clock;
  readonly observe: Observe;
  dialControl(): Promise<RawWebSocket>;
  /** `start:…` when the channel is lost, `success:…` when another stands. */
  reportSwitch(info: string): Promise<void>;
  /** Called after the reply is sent. */
  act(action: KickAction): void;
}

const PING_INTERVAL_MS = 60_000;
const FAILED_READS_MS = 5_000;
const REPORT_TO_DIAL_MS = 1_000;
const LONG_WAIT_MS = 30 * 60_000;

/** The control socket: kicks in, replies out; after a loss one re-dial in 6 s, the next in 30 min (wire T4). */
export class ControlSocket {
  #socket: RawWebSocket | undefined;
  #isReaderDead = false;
  readonly #closing = new AbortController();

  constructor(private readonly host: ControlHost) {}

  /** @throws when the first dial fails */
  async open(): Promise<void> {
    this.#adopt(await this.host.dialControl());
  }

  get isOpen(): boolean {
    return this.#socket?.isOpen ?? false;
  }

  /** Ends as a process does: the connection just stops. */
  close(): void {
    this.#closing.abort();
    this.#socket?.drop();
  }

  /** Loses the connection; the agent dials again by its rules. */
  lose(): void {
    this.#socket?.drop();
  }

  #adopt(socket: RawWebSocket): void {
    this.#socket = socket;
    this.#ping(socket);
    socket.bind({
      message: (_opcode, payload) => this.#receive(socket, payload.toString()),
      closed: (info) => void this.#recover(info),
    });
  }

  #ping(socket: RawWebSocket): void {
    if (!socket.send(Opcode.Ping, Buffer.from('keepalive'))) return;
    this.host.clock.after(PING_INTERVAL_MS, () => this.#ping(socket));
  }

  #receive(socket: RawWebSocket, text: string): void {
    if (this.#isReaderDead) return;
    this.host.observe('kick', text);
    const outcome = takeKick(text);
    if (outcome.kind === 'reader-dies') {
      this.#isReaderDead = true;
      this.host.observe('fatal', `control reader: kick without an action: ${JSON.stringify(text)}`);
      return;
    }
    socket.send(Opcode.Text, Buffer.from(outcome.reply));
    this.host.act(outcome.action);
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #recover(info: CloseInfo): Promise<void> {
    const { signal } = this.#closing;
    // A dead reader does not notice that its socket is gone.
    if (this.#isClosed() || this.#isReaderDead) return;
    await sleep(this.host.clock, FAILED_READS_MS, signal);
    await this.host.reportSwitch(`start:${readError(info)}`);
    for (let waitMs = REPORT_TO_DIAL_MS; ; waitMs = LONG_WAIT_MS) {
      await sleep(this.host.clock, waitMs, signal);
      if (this.#isClosed()) return;
      const socket = await this.host.dialControl().catch(() => undefined);
      if (!socket) continue;
      this.#adopt(socket);
      await this.host.reportSwitch('success: Current channel is 2');
      return;
    }
  }
}

/** The words of the agent's WebSocket library for a read that failed. */
function readError({ code, reason }: CloseInfo): string {
  if (code === 1006) return 'websocket: close 1006 (abnormal closure): unexpected EOF';
  return `websocket: close ${code}${code === 1001 ? ' (going away)' : ''}${reason === '' ? '' : `: ${reason}`}`;
}
