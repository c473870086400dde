import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { rpcError } from '@sallyport/openapi';
import type { RpcHttpRequest } from './rpc-call.js';
import { RpcErrorFilter } from './rpc-error.filter.js';

/**
 * For what goes wrong before a route is found, as a body over the limit does: calls of the RPC API get its envelope all
 * the same (its clients cannot read another one), everything else Nest's own answer.
 */
@Catch()
export class UnreadBodyFilter extends BaseExceptionFilter {
  readonly #rpc: RpcErrorFilter;

  constructor(rpc: RpcErrorFilter, ...base: ConstructorParameters<typeof BaseExceptionFilter>) {
    super(...base);
    this.#rpc = rpc;
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    const { path } = host.switchToHttp().getRequest<RpcHttpRequest>();
    if (path === '/')
      this.#rpc.catch(rpcError('InvalidParameter', 'The body is too long or cannot be read.'), host);
    else super.catch(error, host);
  }
}
