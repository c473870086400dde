import type { Response } from 'express';
import type { RenderedResponse } from '@sallyport/openapi';

/** Writes an envelope. */
export function send(response: Response, { status, headers, text }: RenderedResponse): void {
  if (response.headersSent) return;
  response.status(status).set(headers).end(text);
}
