import XMLBuilder from 'fast-xml-builder';
import type { RpcFault } from './fault-of.js';
import type { ResponseFormat } from './rpc-request.js';

/** An answer to be written to the socket. */
export interface RenderedResponse {
  readonly status: number;
  /** By lower-case name; without a length. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8. */
  readonly text: string;
}

/** Members of a successful answer besides `RequestId`. pop-core takes any body with a `Code` for a failure. */
export type SuccessBody<B extends object = object> = B & { readonly Code?: never };

const CONTENT_TYPES: Readonly<Record<ResponseFormat, string>> = {
  JSON: 'application/json;charset=utf-8',
  XML: 'text/xml;charset=utf-8',
};
const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
/** XML 1.0 has no way to write these, not even as references. */
const NOT_IN_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const xmlBuilder = new XMLBuilder({
  ignoreAttributes: true,
  tagValueProcessor: (_name, value) =>
    typeof value === 'string' ? value.replace(NOT_IN_XML, '\ufffd') : value,
});

/**
 * A successful answer (spec openapi §10). Members that are undefined are left out; in XML the root is
 * `<ActionNameResponse>` and the items of a list repeat the list's element.
 */
export function renderSuccess<B extends object>(
  format: ResponseFormat,
  action: string,
  requestId: string,
  body: SuccessBody<B>,
): RenderedResponse {
  return render(format, `${action}Response`, 200, {}, { RequestId: requestId, ...body });
}

/**
 * A refusal (spec openapi §11); in XML the root is `<Error>`.
 * @param hostId  the host that the client called
 */
export function renderError(
  format: ResponseFormat,
  requestId: string,
  hostId: string,
  fault: RpcFault,
): RenderedResponse {
  const { status, code, message, extras, retryAfterS } = fault;
  const headers: Record<string, string> =
    retryAfterS === undefined ? {} : { 'x-acs-retry-after': String(retryAfterS) };
  const body = { RequestId: requestId, HostId: hostId, Code: code, Message: message, ...extras };
  return render(format, 'Error', status, headers, body);
}

function render(
  format: ResponseFormat,
  root: string,
  status: number,
  headers: Record<string, string>,
  body: { readonly RequestId: string },
): RenderedResponse {
  const text = format === 'XML' ? renderXml(root, body) : JSON.stringify(body);
  return {
    status,
    headers: { 'content-type': CONTENT_TYPES[format], 'x-acs-request-id': body.RequestId, ...headers },
    text,
  };
}

/** Through JSON first, so that both forms leave out the same members. */
const renderXml = (root: string, body: object): string =>
  XML_DECLARATION + xmlBuilder.build({ [root]: JSON.parse(JSON.stringify(body)) as unknown });
