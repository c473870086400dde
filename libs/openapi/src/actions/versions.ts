/** Product versions (spec openapi §1). */
export const ECS = '2014-05-26';
/** @see ECS */
export const STS = '2015-04-01';

/** Members that every answer has. */
export interface RpcResponse {
  /** Upper-case UUID. */
  RequestId: string;
}
