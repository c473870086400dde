import { AppError } from '@sallyport/kernel';
import { Agent, request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { messageOf } from '../wait.js';
import { parseRetryAfterMs } from './retry-after.js';

/** Lists and registrations are small; a longer answer is not from a server of ours. */
const MAX_ANSWER_BYTES = 1_048_576;
const TIMEOUT_MS = 8_000;

/** One request; the path has its query. */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** How long the server wants to be left alone, 0 when it does not say. */
  readonly retryAfterMs: number;
}

/** HTTP to one server, over few kept connections. Node's own `fetch` cannot be given an authority, hence `node:https`. */
export class HttpClient {
  readonly #origin: string;
  readonly #agent: Agent;

  /** @param ca  PEM of the only authority to believe; the platform's when absent */
  constructor(origin: string, ca?: string) {
    this.#origin = origin;
    const options = { keepAlive: true, maxSockets: 8, maxFreeSockets: 1 };
    this.#agent = origin.startsWith('https:')
      ? new TlsAgent({ ...options, ...(ca !== undefined && { ca }) })
      : new Agent(options);
  }

  /**
   * Waits up to 8 s for the whole answer.
   * @throws AppError `DEPENDENCY_UNAVAILABLE` when none came, with why
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    try {
      return await this.#attempt(call);
    } catch (error) {
      // The server may close a kept connection just as it is used again; nothing was done then.
      if ((error as { isStale?: boolean }).isStale) return await this.#attempt(call);
      throw error;
    }
  }

  /** Drops kept connections. */
  close(): void {
    this.#agent.destroy();
  }

  #attempt(call: HttpCall): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const request = this.#open(call);
      const fail = (error: unknown): void => reject(unreachable(this.#origin, error, request));
      request.on('error', fail).on('response', (response) => void collect(response).then(resolve, fail));
      request.end(call.body);
    });
  }

  #open({ method, path, headers, body = '' }: HttpCall): ClientRequest {
    const send = this.#origin.startsWith('https:') ? tlsRequest : plainRequest;
    return send(this.#origin + path, {
      method,
      agent: this.#agent,
      headers: { ...headers, ...(method === 'POST' && { 'content-length': Buffer.byteLength(body) }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

async function collect(response: IncomingMessage): Promise<HttpAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    parts.push(part);
  }
  const retryAfterMs = parseRetryAfterMs(response.headers['retry-after']);
  return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8'), retryAfterMs };
}

function unreachable(origin: string, cause: unknown, request: ClientRequest): AppError {
  const { code, name } = cause as NodeJS.ErrnoException;
  const why =
    name === 'AbortError' || name === 'TimeoutError' ? 'no answer in time' : messageOf(cause) || code;
  const error = new AppError('DEPENDENCY_UNAVAILABLE', `cannot reach ${origin}: ${why ?? name}`, {
    cause,
    retryable: true,
  });
  return Object.assign(error, {
    isStale: request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE'),
  });
}
