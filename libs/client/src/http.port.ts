/** One request as it goes out. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute, query included; already encoded, to be sent as it is. */
  readonly url: string;
  /** By lower-case name; `host` is among them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The whole answer to an {@link HttpRequest}. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request without a body, and rejects when no answer came; fits `fetch` and `node:https`. */
export type HttpPort = (request: HttpRequest) => Promise<HttpAnswer>;
