import { RPC_CODES, type RpcCode } from './rpc-codes.js';

/** Members that an error answer may have beside the usual four (spec openapi §11). */
export interface RpcErrorExtras {
  /** Address of, or text about, a way out. */
  readonly Recommend?: string;
  /** What was denied, and by which kind of policy. */
  readonly AccessDeniedDetail?: Readonly<Record<string, string>>;
}

/** A refusal as the RPC façade answers it. Its message goes to the caller, and may repeat what the caller has sent. */
export class RpcError extends Error {
  /**
   * @param code  dotted, as on the wire
   * @param status  HTTP status, 400 to 599
   */
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly extras: RpcErrorExtras = {},
  ) {
    super(message);
    this.name = 'RpcError';
  }
}

/** The error of a listed code; without `message`, with the code's own text. */
export function rpcError(code: RpcCode, message?: string): RpcError {
  const [status, text] = RPC_CODES[code];
  return new RpcError(code, status, message ?? text);
}

/** `MissingParameter`, naming the mandatory parameter that is absent. */
export const missingParameter = (name: string): RpcError =>
  rpcError('MissingParameter', `The parameter ${name} is mandatory for this request and is not supplied.`);

/** `InvalidParameter.<name>`, 400. */
export const invalidParameter = (name: string): RpcError =>
  new RpcError(`InvalidParameter.${name}`, 400, `The specified parameter ${name} is not valid.`);
