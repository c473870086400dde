import type { IncomingMessage } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Tickets } from '@sallyport/iam';
import { AppError } from '@sallyport/kernel';
import type { ClientHint, RelayChannel } from '@sallyport/relay';
import { LiveSessions } from '@sallyport/session';
import { OWN_PROTOCOL_HEADER, OWN_PROTOCOL_VERSION } from '@sallyport/wire';
import type { Admission } from './handshake.js';
import { queryOf, UpgradeRouter } from './upgrade-router.js';

/** Longest ticket and channel id that are looked at. */
const MAX_PARAMETER_LENGTH = 2_048;
/** Header of the answer that tells own clients the id to come back with; others read it in the first frame. */
const CHANNEL_HEADER = 'x-sallyport-channel';

/** `/session`: the client's end of a channel. */
@Injectable()
export class ClientSocket implements OnModuleInit {
  constructor(
    private readonly router: UpgradeRouter,
    private readonly tickets: Tickets,
    private readonly sessions: LiveSessions<RelayChannel>,
  ) {}

  onModuleInit(): void {
    this.router.route('/session', (request) => this.#admit(request));
  }

  async #admit(request: IncomingMessage): Promise<Admission> {
    const query = queryOf(request);
    const claims = await this.tickets.verify(parameter(query, 'token') ?? '');
    if (parameter(query, 'sessionId') !== claims.sessionId)
      throw new AppError('TICKET_INVALID', 'The session token is for another session.');
    const attachment = await this.sessions.attach(claims, parameter(query, 'channelId'));
    const hint = hintOf(request);
    return {
      kind: 'bytes',
      headers: {
        [CHANNEL_HEADER]: attachment.channelId,
        ...(hint === 'own-1.03' && { [OWN_PROTOCOL_HEADER]: OWN_PROTOCOL_VERSION }),
      },
      take: (socket) => {
        attachment.path.attachClient(socket, hint);
        attachment.joined();
      },
      abandoned: () => attachment.abandoned(),
    };
  }
}

function parameter(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name);
  if (value !== null && value.length > MAX_PARAMETER_LENGTH)
    throw new AppError('TICKET_INVALID', 'The session token is not valid.');
  return value ?? undefined;
}

/** What the upgrade request tells of the client's dialect; its first message decides where nothing does. */
function hintOf({ headers }: IncomingMessage): ClientHint {
  if (headers[OWN_PROTOCOL_HEADER] === OWN_PROTOCOL_VERSION) return 'own-1.03';
  // Only the stock command line sends this header, and always empty (spec wire §3.1).
  return headers['x-acs-session-token'] === undefined ? 'unknown' : 'client-1.01';
}
