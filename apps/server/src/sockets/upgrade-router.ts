import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { AppError, isAppError } from '@sallyport/kernel';
import { FAULTS } from '@sallyport/openapi';
import type { ClientAddress } from '@sallyport/platform';
import { CLIENT_ADDRESS } from '../core/tokens.js';
import { Handshake, type Admission } from './handshake.js';

/**
 * Looks at an upgrade request before it is answered, and decides.
 * @throws AppError to refuse; its code becomes the HTTP status, its text stays here
 */
export type Gatekeeper = (request: IncomingMessage) => Promise<Admission>;

/** How long authentication may take in all; nothing that the peer sends extends it. */
const DECISION_TIMEOUT_MS = 10_000;
/** Upgrades of one address that wait for a decision at once. */
const MAX_UNDECIDED_PER_ADDRESS = 256;

/** Sends each WebSocket upgrade to the gatekeeper of its path; authentication comes before the answer. */
@Injectable()
export class UpgradeRouter {
  readonly #gatekeepers = new Map<string, Gatekeeper>();
  readonly #undecided = new Map<string, number>();
  readonly #handshake = new Handshake();
  #isClosed = false;

  constructor(@Inject(CLIENT_ADDRESS) private readonly clientAddress: ClientAddress) {}

  /** @param path  exact path of the URL, without query */
  route(path: string, gatekeeper: Gatekeeper): void {
    this.#gatekeepers.set(path, gatekeeper);
  }

  /** Takes the upgrades of a listener. */
  listenTo(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Without a listener, a peer that resets its connection would end the process.
      socket.on('error', () => socket.destroy());
      void this.#handle(request, socket, head);
    });
  }

  /** Refuses every upgrade from now on: the node is stopping. */
  close(): void {
    this.#isClosed = true;
  }

  async #handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const admission = await this.#admission(request, socket);
    if (!admission) return;
    try {
      this.#handshake.answer(request, socket, head, admission);
    } catch {
      // The upgrade may have been answered already; nothing that can be said would be understood.
      socket.destroy();
    }
  }

  /** @returns undefined when the request was refused */
  async #admission(request: IncomingMessage, socket: Duplex): Promise<Admission | undefined> {
    const address = this.clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for']);
    const deadline = setTimeout(() => socket.destroy(), DECISION_TIMEOUT_MS);
    this.#undecided.set(address, (this.#undecided.get(address) ?? 0) + 1);
    try {
      return await this.#decide(request, address);
    } catch (error) {
      refuse(socket, statusOf(error));
      return undefined;
    } finally {
      clearTimeout(deadline);
      const others = (this.#undecided.get(address) ?? 1) - 1;
      if (others > 0) this.#undecided.set(address, others);
      else this.#undecided.delete(address);
    }
  }

  #decide(request: IncomingMessage, address: string): Promise<Admission> {
    if (this.#isClosed) throw new AppError('DRAINING', 'The node is stopping.');
    if ((this.#undecided.get(address) ?? 0) > MAX_UNDECIDED_PER_ADDRESS)
      throw new AppError('RATE_LIMITED', 'Too many connections from this address wait for an answer.');
    const gatekeeper = this.#gatekeepers.get(pathOf(request));
    if (!gatekeeper) throw new AppError('CHANNEL_NOT_FOUND', 'There is nothing at this path.');
    return gatekeeper(request);
  }
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';

/** The query of an upgrade request; empty for a URL that cannot be read. */
export function queryOf(request: IncomingMessage): URLSearchParams {
  const [, query = ''] = (request.url ?? '').split('?', 2);
  return new URLSearchParams(query);
}

const statusOf = (error: unknown): number => FAULTS[isAppError(error) ? error.code : 'INTERNAL'].http;

/** Answers without a body: what is wrong with a ticket or a signature is nobody's business. */
function refuse(socket: Duplex, status: number): void {
  const retry = status === 503 || status === 429 ? 'Retry-After: 1\r\n' : '';
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`);
}
