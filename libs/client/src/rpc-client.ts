import type { Clock } from '@sallyport/kernel';
import { encodeQuery, ECS, signV3, type AccessKey, type RpcResponse } from '@sallyport/openapi';
import type { HttpAnswer, HttpPort } from './http.port.js';
import { flattenParameters, type RpcActions, type RpcParameters } from './rpc-actions.js';

/** What a client needs to call the API. */
export interface RpcClientOptions {
  /** `http://` or `https://`, host and port; a path is ignored. */
  readonly endpoint: string;
  readonly accessKey: AccessKey;
  /** Sent as `RegionId` with every call. */
  readonly regionId: string;
  readonly http: HttpPort;
  readonly clock: Clock;
}

/** An error envelope of the API, or an answer that is none. */
export class RpcCallError extends Error {
  /** Dotted code of the API; `UnreadableAnswer` when the answer is not of this API at all. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Undefined when the answer named none. */
  readonly requestId: string | undefined;

  constructor(code: string, status: number, message: string, requestId: string | undefined) {
    super(message);
    this.name = 'RpcCallError';
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** Calls RPC actions with ACS3-HMAC-SHA256 signatures. */
export class RpcClient {
  readonly #options: RpcClientOptions;

  constructor(options: RpcClientOptions) {
    this.#options = options;
  }

  /**
   * Calls an action once; nothing is retried.
   * @throws RpcCallError for a refusal; whatever the HTTP port throws when no answer came
   */
  async call<A extends keyof RpcActions>(
    action: A,
    parameters: RpcParameters,
  ): Promise<RpcActions[A] & RpcResponse> {
    const { endpoint, accessKey, regionId, http, clock } = this.#options;
    const query = flattenParameters({ RegionId: regionId, ...parameters });
    const { origin, host } = new URL(endpoint);
    const headers = signV3({
      ...accessKey,
      method: 'POST',
      host,
      path: '/',
      query,
      action,
      version: ECS,
      body: new Uint8Array(0),
      nowMs: clock.nowMs(),
      nonce: crypto.randomUUID(),
    });
    const answer = await http({ method: 'POST', url: `${origin}/?${encodeQuery(query)}`, headers });
    return readAnswer(answer) as unknown as RpcActions[A] & RpcResponse;
  }
}

function readAnswer({ status, text }: HttpAnswer): Readonly<Record<string, unknown>> {
  const body = parseObject(text);
  if (body === undefined)
    throw new RpcCallError(
      'UnreadableAnswer',
      status,
      `not an answer of the API (HTTP ${status})`,
      undefined,
    );
  if (status >= 200 && status < 300) return body;
  const texts = [body['Code'], body['Message'], body['RequestId']];
  const [code, message, requestId] = texts.map((value) => (typeof value === 'string' ? value : undefined));
  throw new RpcCallError(code ?? 'UnreadableAnswer', status, message ?? `HTTP ${status}`, requestId);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
