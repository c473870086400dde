import { Controller, Get, Inject, Query, Req, UseFilters, UseGuards } from '@nestjs/common';
import { Heartbeats, type Instance } from '@sallyport/fleet';
import type { ClientAddress } from '@sallyport/platform';
import type { Request } from 'express';
import { CLIENT_ADDRESS } from '../core/tokens.js';
import { AgentErrorFilter } from './agent-error.filter.js';
import { AgentGuard, SignedBy } from './agent.guard.js';

/** An agent that has run for this long without an acknowledged heart-beat has begun to read kicks all the same. */
const STARTING_MS = 30_000;
const MAX_VERSION_LENGTH = 64;

/** Signs of life (spec wire §1.7). */
@Controller('/luban/api')
@UseFilters(AgentErrorFilter)
export class HeartBeatController {
  constructor(
    private readonly heartbeats: Heartbeats,
    @Inject(CLIENT_ADDRESS) private readonly clientAddress: ClientAddress,
  ) {}

  @Get('heart-beat')
  @UseGuards(AgentGuard)
  async beat(
    @SignedBy() instance: Instance,
    @Query('index') index: unknown,
    @Query('process_uptime') uptimeMs: unknown,
    @Req() { socket, headers }: Request,
  ): Promise<{ nextInterval: number }> {
    const clientIp = this.clientAddress(socket.remoteAddress, headers['x-forwarded-for']);
    const isFirst = index === '0' && !(Number(uptimeMs) > STARTING_MS);
    const version = versionOf(headers['user-agent']) ?? instance.agentVersion;
    return { nextInterval: await this.heartbeats.beat(instance, clientIp, version, isFirst) };
  }
}

/** `linux_amd64/1.0.0.1` → `1.0.0.1`. */
function versionOf(userAgent: string | undefined): string | undefined {
  const version = /^[^/\s]+\/([\w.]+)$/.exec(userAgent ?? '')?.[1];
  return version && version.length <= MAX_VERSION_LENGTH ? version : undefined;
}
