import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { AgentMessage, readRate, type IncomingMessage } from './agent-frames.js';
import { pauseMsAt, PORT_PACING } from './pacing.js';
import { cancellationOf, START_DELAY_MS } from './session-task.js';
import type { SessionEnd, SessionKind, SessionWork } from './session-task.js';
import { sleep } from './sleep.js';

/**
 * A TCP connection as the stock agent serves it (wire §2.7): the target's end is told to nobody, the next message
 * dials it again, and a stop is only noticed when the target's connection fails (T5, T6).
 */
export class PortSession implements SessionKind {
  #target: Socket | undefined;
  #pauseMs = PORT_PACING.defaultPauseMs;
  #wakeForMessage: (() => void) | undefined;
  /** Input that woke a closed connection: it goes to the new one (transcript 05, `two`). */
  #heldInput: Buffer[] = [];

  constructor(private readonly work: SessionWork) {}

  async run(): Promise<SessionEnd> {
    const { task, clock, crash } = this.work;
    if (task.flowLimit > 0) {
      const pauseMs = pauseMsAt(task.flowLimit, PORT_PACING);
      if (pauseMs === undefined) {
        crash(`flowLimit ${task.flowLimit} divides by zero`);
        return { errorcode: 'Unknown_error' };
      }
      this.#pauseMs = pauseMs;
    }
    await sleep(clock, START_DELAY_MS);
    try {
      this.#target = await this.#dial();
    } catch (error) {
      return { errorcode: 'Open_port_failed', message: String(error) };
    }
    const end = await this.#serve();
    this.#target.destroy();
    return end;
  }

  receive({ type, payload }: IncomingMessage): string | undefined {
    const death = type === AgentMessage.Status ? this.#takeStatus(payload) : undefined;
    if (type === AgentMessage.Input) this.#takeInput(payload);
    else if (type !== AgentMessage.Resize && type !== AgentMessage.Status)
      this.work.observe('ignored', `message of type ${type}`);
    if (type === AgentMessage.Input || type === AgentMessage.Resize || type === AgentMessage.Status)
      this.#wakeForMessage?.();
    return death;
  }

  async #serve(): Promise<SessionEnd> {
    const { cancelled } = this.work;
    for (;;) {
      const failure = this.#target ? await this.#pump(this.#target) : undefined;
      if (failure) return failure;
      await this.#nextMessage();
      if (cancelled.aborted) return { errorcode: cancellationOf(cancelled) };
      try {
        this.#target = await this.#dial();
      } catch (error) {
        return { errorcode: 'Read_port_failed', message: String(error) };
      }
      this.#flushHeldInput();
    }
  }

  #flushHeldInput(): void {
    for (const bytes of this.#heldInput.splice(0)) this.#target?.write(bytes);
  }

  /** Sends what the target sends, until the target ends. @returns the session's end when it was more than that */
  async #pump(target: Socket): Promise<SessionEnd | undefined> {
    const { channel, clock } = this.work;
    for (;;) {
      const bytes = await readSome(target, PORT_PACING.readBytes);
      if (bytes === undefined) {
        target.destroy();
        return undefined;
      }
      if (!channel.isActive || !(await channel.send(bytes))) return { errorcode: 'IO_port_failed' };
      if (this.#pauseMs > 0) await sleep(clock, this.#pauseMs);
    }
  }

  #nextMessage(): Promise<void> {
    const { cancelled } = this.work;
    if (this.#heldInput.length > 0 || cancelled.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeForMessage = resolve;
      cancelled.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #takeInput(payload: Buffer): void {
    const target = this.#target;
    if (!target) {
      if (payload.length > 0) this.work.observe('ignored', 'input before the connection');
    } else if (target.destroyed) this.#heldInput.push(payload);
    else target.write(payload);
  }

  #takeStatus(payload: Buffer): string | undefined {
    const bitsPerSecond = readRate(payload);
    if (bitsPerSecond === undefined || bitsPerSecond === 0) return undefined;
    const pauseMs = pauseMsAt(bitsPerSecond, PORT_PACING);
    if (pauseMs === undefined) return `rate ${bitsPerSecond} divides by zero`;
    this.#pauseMs = pauseMs;
    return undefined;
  }

  async #dial(): Promise<Socket> {
    const { targetHost, portNumber } = this.work.task;
    const port = /^\d+$/.test(portNumber) ? Number(portNumber) : 0;
    const socket = connect({ host: targetHost === '' ? 'localhost' : targetHost, port });
    await once(socket, 'connect');
    // A reset shows as the end of the stream.
    socket.on('error', () => undefined);
    return socket;
  }
}

/** Up to `maxBytes`, once there are some; `undefined` after the end. */
async function readSome(socket: Socket, maxBytes: number): Promise<Buffer | undefined> {
  for (;;) {
    const bytes = socket.read(Math.min(maxBytes, Math.max(1, socket.readableLength))) as Buffer | null;
    if (bytes !== null) return bytes;
    if (socket.readableEnded || socket.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('readable', done).off('end', done).off('close', done);
        resolve();
      };
      socket.on('readable', done).on('end', done).on('close', done);
    });
  }
}
