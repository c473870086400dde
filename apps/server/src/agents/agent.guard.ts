import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AgentAuthentication, type Instance } from '@sallyport/fleet';
import { AppError } from '@sallyport/kernel';
import type { Request } from 'express';
import { agentCredentials } from './agent-credentials.js';

type AgentHttpRequest = Request & { instance?: Instance };

/** Lets only requests pass that a registered agent has signed (spec wire §1.5). */
@Injectable()
export class AgentGuard implements CanActivate {
  constructor(private readonly authentication: AgentAuthentication) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AgentHttpRequest>();
    request.instance = await this.authentication.authenticate(agentCredentials(request.headers));
    return true;
  }
}

/** The instance that a request was signed by; only behind {@link AgentGuard}. */
export const SignedBy = createParamDecorator((_: unknown, context: ExecutionContext): Instance => {
  const { instance } = context.switchToHttp().getRequest<AgentHttpRequest>();
  if (!instance) throw new AppError('INTERNAL', 'an agent route has no guard');
  return instance;
});
