import type { Request } from 'express';
import type { Principal } from '@sallyport/iam';
import type { RequestId } from '@sallyport/kernel';
import type { RpcRequest } from '@sallyport/openapi';
import type { ActionRow } from './action-row.js';

/** An API call on its way through guards, controller and filter. */
export interface RpcCall {
  readonly id: RequestId;
  readonly startedAtMs: number;
  /** Undefined when the request could not even be read. */
  request?: RpcRequest;
  /** Undefined when it names no known action. */
  row?: ActionRow;
}

/** The HTTP request of an API call. */
export type RpcHttpRequest = Request & {
  rpc?: RpcCall;
  /** Put there by passport. */
  user?: Principal;
};
