import { Body, Controller, HttpCode, Inject, Post, Req, UseFilters } from '@nestjs/common';
import { AgentAuthentication, RegisterAgent, type Registration } from '@sallyport/fleet';
import { AppError, isAppError } from '@sallyport/kernel';
import type { ClientAddress, Logger } from '@sallyport/platform';
import type { Request } from 'express';
import { z } from 'zod';
import { RemoveInstance } from '../core/remove-instance.usecase.js';
import { CLIENT_ADDRESS, LOGGER } from '../core/tokens.js';
import { agentCredentials, isSigned } from './agent-credentials.js';
import { AgentErrorFilter } from './agent-error.filter.js';

const MAX_TAGS = 20;
const text = (maximum: number): z.ZodString => z.string().max(maximum);

/** Body of a registration (spec wire §1.2). `publicKey` is the base64 of a PEM text. */
const REGISTRATION = z.object({
  activationCode: text(256),
  activationId: text(64),
  machineId: text(256).min(1),
  regionId: text(64),
  instanceName: text(128).default(''),
  hostname: text(256).default(''),
  intranetIp: text(64).default(''),
  osVersion: text(256).default(''),
  osType: text(32).default(''),
  agentVersion: text(64).default(''),
  publicKey: text(8_192),
  tag: z
    .array(z.object({ key: text(64).min(1), value: text(128) }))
    .max(MAX_TAGS)
    .default([]),
});

/** What an agent gets. `code` 200 and the id, or another code and why: agents print the whole answer then. */
interface RegistrationAnswer {
  readonly code: number;
  readonly instanceId: string;
  readonly errMsg?: string;
}

/** How machines come and go. */
@Controller('/luban/api/instance')
@UseFilters(AgentErrorFilter)
export class RegistrationController {
  constructor(
    private readonly registerAgent: RegisterAgent,
    private readonly removeInstance: RemoveInstance,
    private readonly authentication: AgentAuthentication,
    @Inject(CLIENT_ADDRESS) private readonly clientAddress: ClientAddress,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Refusals are answered with HTTP 200, as agents expect them: with another status they print nothing useful. */
  @Post('register')
  @HttpCode(200)
  async register(@Body() body: unknown, @Req() request: Request): Promise<RegistrationAnswer> {
    const clientIp = this.clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for']);
    try {
      const instance = await this.registerAgent.execute(readRegistration(body), clientIp);
      const { id: instanceId, accountId } = instance;
      this.logger.info({ instanceId, accountId, clientIp }, 'agent registered');
      return { code: 200, instanceId };
    } catch (error) {
      if (!isAppError(error, 'ACTIVATION_REJECTED') && !isAppError(error, 'INVALID_ARGUMENT')) throw error;
      this.logger.info({ code: error.code, clientIp }, 'registration refused');
      return { code: 403, instanceId: '', errMsg: error.message };
    }
  }

  /** An agent that was never registered sends this too, unsigned, and is content with any success (spec wire §1.12). */
  @Post('deregister')
  @HttpCode(200)
  async deregister(@Req() { headers }: Request): Promise<{ code: number }> {
    if (!isSigned(headers)) return { code: 200 };
    const { accountId, id } = await this.authentication.authenticate(agentCredentials(headers));
    await this.removeInstance.execute(accountId, id);
    this.logger.info({ instanceId: id, accountId }, 'agent deregistered');
    return { code: 200 };
  }
}

function readRegistration(body: unknown): Registration {
  const parsed = REGISTRATION.safeParse(parseJson(body));
  if (!parsed.success) throw new AppError('INVALID_ARGUMENT', 'The registration is not complete.');
  const { regionId, publicKey, tag, ...rest } = parsed.data;
  return {
    ...rest,
    region: regionId,
    publicKeyPem: Buffer.from(publicKey, 'base64').toString('utf8'),
    tags: tag,
  };
}

function parseJson(body: unknown): unknown {
  try {
    return body instanceof Uint8Array ? JSON.parse(Buffer.from(body).toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}
