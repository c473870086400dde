import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HeaderList } from '../sockets/raw-websocket.js';

/** An HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Content types the agent uses (wire §1.5). */
export const ContentType = {
  Json: 'application/json; charset=utf-8',
  Text: 'text/plain; charset=utf-8',
  Form: 'application/x-www-form-urlencoded',
} as const;

/** Where an agent finds its server. */
export interface AgentServer {
  /** `host:port`. */
  readonly host: string;
  /** `false` uses plain HTTP, which no stock agent does; for tests that look at the rest. */
  readonly isSecure: boolean;
  /** PEM of the trusted authority. */
  readonly ca?: string | undefined;
}

/** The agent's HTTP side: Go's header order, one kept-alive connection, its time-outs. */
export class AgentHttp {
  readonly #agent: HttpAgent;

  constructor(
    private readonly server: AgentServer,
    private readonly userAgent: string,
    private readonly sign: () => HeaderList,
  ) {
    const options = { keepAlive: true, maxSockets: 2 };
    this.#agent = server.isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** A request without a body. @throws Error when nothing answers in time */
  async get(pathAndQuery: string): Promise<HttpAnswer> {
    return await this.#send('GET', pathAndQuery, ContentType.Form, undefined);
  }

  /** @throws Error when nothing answers in time */
  async post(pathAndQuery: string, body = '', contentType: string = ContentType.Json): Promise<HttpAnswer> {
    return await this.#send('POST', pathAndQuery, contentType, body);
  }

  /** Ends the kept connections. */
  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, contentType: string, body: string | undefined): Promise<HttpAnswer> {
    const headers: HeaderList = [
      ['Host', this.server.host],
      ['User-Agent', this.userAgent],
      ...(body === undefined ? [] : ([['Content-Length', String(Buffer.byteLength(body))]] as const)),
      ['Content-Type', contentType],
      ...this.sign(),
      ['Accept-Encoding', 'gzip'],
    ];
    return this.#exchange(method, path, headers, body);
  }

  #exchange(
    method: string,
    path: string,
    headers: HeaderList,
    body: string | undefined,
  ): Promise<HttpAnswer> {
    const { host, isSecure, ca } = this.server;
    return new Promise((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(`http${isSecure ? 's' : ''}://${host}${path}`, {
        method,
        agent: this.#agent,
        setHost: false,
        timeout: /\/(task|session)\/list/.test(path) ? 8_000 : 5_000,
        ...(ca === undefined ? {} : { ca }),
      });
      for (const [name, value] of headers) request.setHeader(name, value);
      // Go says nothing about the connection: keeping it is HTTP/1.1's default.
      request.removeHeader('Connection');
      request.on('timeout', () => request.destroy(new Error(`no answer to ${path}`)));
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      request.end(body);
    });
  }
}

/** Whether the agent takes a status for a failure: above 400, not 400 itself (wire §1.5, T21). */
export const isHttpError = (status: number): boolean => status > 400;
