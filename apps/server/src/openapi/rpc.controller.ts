import { All, Controller, Inject, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { Authoriser, type Principal } from '@sallyport/iam';
import type { Clock } from '@sallyport/kernel';
import { renderSuccess, rpcError, type RpcRequest, type SuccessBody } from '@sallyport/openapi';
import { Metrics, type ClientAddress, type Logger, type Settings } from '@sallyport/platform';
import type { Response } from 'express';
import { CLIENT_ADDRESS, CLOCK, LOGGER, SETTINGS } from '../core/tokens.js';
import type { ActionRow, Caller } from './action-row.js';
import { Idempotency } from './idempotency.js';
import type { RpcHttpRequest } from './rpc-call.js';
import { RpcErrorFilter } from './rpc-error.filter.js';
import { RpcRequestGuard } from './rpc-request.guard.js';
import { send } from './send.js';
import { SignedRequestGuard } from './signed-request.strategy.js';

/** The RPC API: every action is a GET or POST of `/`. */
@Controller()
@UseFilters(RpcErrorFilter)
@UseGuards(RpcRequestGuard, SignedRequestGuard)
export class RpcController {
  constructor(
    private readonly authoriser: Authoriser,
    private readonly idempotency: Idempotency,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLIENT_ADDRESS) private readonly clientAddress: ClientAddress,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @All()
  async call(@Req() http: RpcHttpRequest, @Res() response: Response): Promise<void> {
    const { rpc, user } = http;
    if (!rpc?.request || !rpc.row || !user) throw rpcError('InternalError');
    const { name } = rpc.row.action;
    const body = await this.#perform(rpc.row, rpc.request, this.#callerOf(http, user));
    send(response, renderSuccess(rpc.request.format, name, rpc.id, body));
    this.metrics.apiCall(name, 'OK');
    const durationMs = this.clock.nowMs() - rpc.startedAtMs;
    this.logger.debug(
      { requestId: rpc.id, action: name, accountId: user.accountId, durationMs },
      'api call answered',
    );
  }

  /** Authorisation comes before the parameters that it does not need (openapi §12). */
  async #perform(row: ActionRow, { params }: RpcRequest, caller: Caller): Promise<SuccessBody> {
    const { principal, clientIp, isSecure } = caller;
    const context = { regionId: this.settings.region };
    const resources = row.resources(row.action.parseTarget(params, context), {
      region: this.settings.region,
      accountId: principal.accountId,
    });
    if (row.permission !== undefined)
      await this.authoriser.authorise(principal, {
        action: row.permission,
        resources,
        sourceIp: clientIp,
        isSecure,
      });
    const parameters = row.action.parse(params, context);
    const { ClientToken: token, ...chosen } = parameters as { ClientToken?: string };
    const run = (): Promise<SuccessBody> => row.run(parameters, caller);
    return token ? this.idempotency.once(principal.accountId, row.action.name, token, chosen, run) : run();
  }

  #callerOf({ socket, headers }: RpcHttpRequest, principal: Principal): Caller {
    return {
      principal,
      clientIp: this.clientAddress(socket.remoteAddress, headers['x-forwarded-for']),
      isSecure: 'encrypted' in socket,
    };
  }
}
