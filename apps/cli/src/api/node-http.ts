import type { HttpAnswer, HttpPort, HttpRequest } from '@sallyport/client';
import http from 'node:http';
import https from 'node:https';

const ANSWER_TIMEOUT_MS = 30_000;
/** The largest page of any list is far below; anything longer is not an answer of the API. */
const MAX_ANSWER_BYTES = 16_777_216;

/**
 * Requests over Node's own client.
 * @param ca  PEM text of the only authority to trust for https, instead of the system's
 */
export function nodeHttp(ca?: string): HttpPort {
  const agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) }),
  };
  return (request) => {
    const isPlain = request.url.startsWith('http:');
    const { method, headers } = request;
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const outgoing = isPlain
      ? http.request(request.url, { method, headers: withLength(headers), signal, agent: agents.http })
      : https.request(request.url, { method, headers: withLength(headers), signal, agent: agents.https });
    return answerTo(outgoing);
  };
}

const withLength = (headers: HttpRequest['headers']): Record<string, string> => ({
  ...headers,
  'content-length': '0',
});

function answerTo(outgoing: http.ClientRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => void readAnswer(incoming).then(resolve, reject));
    outgoing.end();
  });
}

async function readAnswer(incoming: http.IncomingMessage): Promise<HttpAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
  }
  return { status: incoming.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') };
}
