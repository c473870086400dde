import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { newRequestId, type Clock } from '@sallyport/kernel';
import { readRpcRequest } from '@sallyport/openapi';
import { CLOCK } from '../core/tokens.js';
import { ActionTable } from './action-table.js';
import type { RpcCall, RpcHttpRequest } from './rpc-call.js';

const NO_BODY = new Uint8Array();

/** First of the checks (openapi §12): transport and format, then whether the action exists. */
@Injectable()
export class RpcRequestGuard implements CanActivate {
  constructor(
    private readonly table: ActionTable,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp().getRequest<RpcHttpRequest>();
    const call: RpcCall = { id: newRequestId(), startedAtMs: this.clock.nowMs() };
    http.rpc = call;
    const body: unknown = http.body;
    call.request = readRpcRequest({
      method: http.method,
      url: http.originalUrl,
      headers: http.headers,
      body: body instanceof Uint8Array ? body : NO_BODY,
    });
    call.row = this.table.find(call.request);
    return true;
  }
}
