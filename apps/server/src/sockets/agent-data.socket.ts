import type { IncomingMessage } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AgentAuthentication } from '@sallyport/fleet';
import type { RelayChannel } from '@sallyport/relay';
import { LiveSessions } from '@sallyport/session';
import { OWN_PROTOCOL_HEADER, OWN_PROTOCOL_VERSION } from '@sallyport/wire';
import { agentCredentials } from '../agents/agent-credentials.js';
import type { Admission } from './handshake.js';
import { queryOf, UpgradeRouter } from './upgrade-router.js';

/** `/luban/session/backend`: the agent's end of a channel. */
@Injectable()
export class AgentDataSocket implements OnModuleInit {
  constructor(
    private readonly router: UpgradeRouter,
    private readonly authentication: AgentAuthentication,
    private readonly sessions: LiveSessions<RelayChannel>,
  ) {}

  onModuleInit(): void {
    this.router.route('/luban/session/backend', (request) => this.#admit(request));
  }

  async #admit(request: IncomingMessage): Promise<Admission> {
    const instance = await this.authentication.authenticate(agentCredentials(request.headers));
    const seat = this.sessions.join(instance.id, queryOf(request).get('channelId') ?? '');
    const isOwnAgent = request.headers[OWN_PROTOCOL_HEADER] === OWN_PROTOCOL_VERSION;
    return {
      kind: 'bytes',
      ...(isOwnAgent && { headers: { [OWN_PROTOCOL_HEADER]: OWN_PROTOCOL_VERSION } }),
      take: (socket) => {
        seat.path.attachAgent(socket, isOwnAgent ? 'own-1.03' : 'agent-1.01');
        seat.joined();
      },
    };
  }
}
