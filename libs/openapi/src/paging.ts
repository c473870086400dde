import type { Keyset, PageQuery, Slice } from '@sallyport/kernel';
import { fromBase64Url, sha256Hex, toBase64Url } from './bytes.js';
import { rpcError } from './rpc-error.js';

/** Parameters of both paging styles as they come; undefined when absent. */
export interface PagingInput {
  readonly MaxResults?: string | undefined;
  readonly NextToken?: string | undefined;
  readonly PageNumber?: string | undefined;
  readonly PageSize?: string | undefined;
}

/** How one action pages (spec actions "Paging"). */
export interface PagingRules {
  /** Largest page; the smallest is 1, the default 10. */
  readonly maxSize: number;
  /** Whether page numbers are understood beside tokens. */
  readonly hasPageNumbers: boolean;
  /** Smallest `MaxResults`: with it, values out of range are moved into it; without, they are refused. */
  readonly clampFrom?: number;
}

/** The page that a request asks for. */
export interface PageRequest {
  /** What to read: by position (token) or by offset (page number). */
  readonly query: PageQuery;
  /** Absent in token style: then the answer has neither page number nor total. */
  readonly number: { readonly pageNumber: number; readonly pageSize: number } | undefined;
  /** Hash of the action and its filters, which a token is valid for. */
  readonly filters: string;
}

/** Members of an answer that tell the caller where it is in a list. */
export interface PageMembers {
  /** Empty when no rows follow. */
  NextToken: string;
  PageNumber?: number;
  PageSize?: number;
  TotalCount?: number;
}

const DEFAULT_SIZE = 10;
/** Keeps offsets well inside what databases count with. */
const MAX_PAGE_NUMBER = 1_000_000;
const FILTERS_LENGTH = 16;
const TOKEN = /^1:([0-9a-f]{16}):(\d{1,15}):([\x21-\x7e]{1,128})$/;

/** Hash of a value that survives JSON: the same for the same members in the same order. */
export const hashParameters = (value: unknown): string => sha256Hex(JSON.stringify(value));

/**
 * Reads whichever paging style a request uses; any token parameter makes page numbers count for nothing.
 * @param filters  what selects the rows: action, account-independent filters
 * @throws RpcError `InvalidParameter.MaxResults`, `InvalidParameter.NextToken`, `InvalidParam.PageNumber`, `InvalidParam.PageSize`
 */
export function readPage(input: PagingInput, rules: PagingRules, filters: unknown): PageRequest {
  const hash = hashParameters(filters).slice(0, FILTERS_LENGTH);
  const isToken = input.MaxResults !== undefined || input.NextToken !== undefined;
  if (!isToken && rules.hasPageNumbers) return readNumber(input, rules, hash);
  const after = input.NextToken === undefined ? undefined : decodeToken(input.NextToken, hash);
  return {
    query: { limit: readMaxResults(input.MaxResults, rules), after },
    number: undefined,
    filters: hash,
  };
}

/** What the answer to `page` says about its place in the list. */
export function pageMembers(page: PageRequest, slice: Slice<unknown>): PageMembers {
  const NextToken = slice.next ? encodeToken(slice.next, page.filters) : '';
  if (!page.number) return { NextToken };
  const { pageNumber, pageSize } = page.number;
  return { NextToken, PageNumber: pageNumber, PageSize: pageSize, TotalCount: slice.total };
}

function readNumber(input: PagingInput, { maxSize }: PagingRules, filters: string): PageRequest {
  const pageNumber = readCount(input.PageNumber, 1, MAX_PAGE_NUMBER);
  if (pageNumber === undefined) throw rpcError('InvalidParam.PageNumber');
  const pageSize = readCount(input.PageSize, DEFAULT_SIZE, maxSize);
  if (pageSize === undefined) throw rpcError('InvalidParam.PageSize');
  const query = { limit: pageSize, offset: (pageNumber - 1) * pageSize };
  return { query, number: { pageNumber, pageSize }, filters };
}

function readMaxResults(text: string | undefined, { maxSize, clampFrom }: PagingRules): number {
  const count = readCount(
    text,
    DEFAULT_SIZE,
    clampFrom === undefined ? maxSize : Infinity,
    clampFrom === undefined ? 1 : 0,
  );
  if (count === undefined) throw rpcError('InvalidParameter.MaxResults');
  return clampFrom === undefined ? count : Math.min(Math.max(count, clampFrom), maxSize);
}

function readCount(text: string | undefined, absent: number, max: number, min = 1): number | undefined {
  if (text === undefined) return absent;
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const count = Number(text);
  return count >= min && count <= max ? count : undefined;
}

const encodeToken = ({ createdAtMs, id }: Keyset, filters: string): string =>
  toBase64Url(`1:${filters}:${createdAtMs}:${id}`);

function decodeToken(token: string, filters: string): Keyset {
  const [, hash, createdAtMs, id] = TOKEN.exec(fromBase64Url(token) ?? '') ?? [];
  if (hash !== filters || createdAtMs === undefined || id === undefined)
    throw rpcError('InvalidParameter.NextToken');
  return { createdAtMs: Number(createdAtMs), id };
}
