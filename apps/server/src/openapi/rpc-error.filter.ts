import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { newRequestId, type Clock } from '@sallyport/kernel';
import { faultOf, renderError } from '@sallyport/openapi';
import { Metrics, type Logger } from '@sallyport/platform';
import type { Response } from 'express';
import { CLOCK, LOGGER } from '../core/tokens.js';
import type { RpcHttpRequest } from './rpc-call.js';
import { send } from './send.js';

/** Turns whatever a call threw into the error envelope; each refusal is logged here, once. */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  constructor(
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { rpc, headers, user } = http.getRequest<RpcHttpRequest>();
    const requestId = rpc?.id ?? newRequestId();
    const action = rpc?.row?.action.name ?? 'unknown';
    const fault = faultOf(error, rpc?.request?.version);
    this.metrics.apiCall(action, fault.code);
    this.logger[fault.logLevel](
      {
        requestId,
        action,
        accountId: user?.accountId,
        code: fault.code,
        durationMs: rpc ? this.clock.nowMs() - rpc.startedAtMs : 0,
        ...(fault.status >= 500 && { err: error }),
      },
      'api call refused',
    );
    send(
      http.getResponse<Response>(),
      renderError(rpc?.request?.format ?? 'JSON', requestId, headers.host ?? '', fault),
    );
  }
}
