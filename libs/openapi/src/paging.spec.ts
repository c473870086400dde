import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { pageMembers, readPage, type PagingInput, type PagingRules } from './paging.js';
import { RpcError } from './rpc-error.js';

const RULES: PagingRules = { maxSize: 50, hasPageNumbers: true };
const FILTERS = ['Action', { Name: 'x' }];
const read = (input: PagingInput, rules = RULES) => readPage(input, rules, FILTERS);

function codeOf(input: PagingInput, rules = RULES): string {
  try {
    read(input, rules);
  } catch (error) {
    if (error instanceof RpcError) return error.code;
    throw error;
  }
  return 'accepted';
}

const tokenFor = (filters: unknown): string =>
  pageMembers(readPage({}, RULES, filters), { items: [], next: { createdAtMs: 7, id: 'mi-1' }, total: 9 })
    .NextToken;

describe('readPage', () => {
  it('is page 1 of size 10 when neither style is used', () => {
    expect(read({})).toMatchObject({
      query: { limit: 10, offset: 0 },
      number: { pageNumber: 1, pageSize: 10 },
    });
  });

  it('turns page numbers into an offset', () => {
    expect(read({ PageNumber: '3', PageSize: '20' }).query).toEqual({ limit: 20, offset: 40 });
  });

  it('passes over page numbers, even bad ones, once a token parameter is there', () => {
    const page = read({ MaxResults: '5', PageNumber: 'x', PageSize: '999' });
    expect(page).toMatchObject({ query: { limit: 5 }, number: undefined });
  });

  it.each(['1', '50'])('takes MaxResults and PageSize %s', (count) => {
    expect(codeOf({ MaxResults: count })).toBe('accepted');
    expect(codeOf({ PageSize: count })).toBe('accepted');
  });

  it.each(['0', '51', '-1', '1.5', 'x', '9999999999'])('refuses MaxResults and PageSize %s', (count) => {
    expect(codeOf({ MaxResults: count })).toBe('InvalidParameter.MaxResults');
    expect(codeOf({ PageSize: count })).toBe('InvalidParam.PageSize');
  });

  it('takes page 1 to 1,000,000', () => {
    expect(['1', '1000000', '0', '1000001'].map((PageNumber) => codeOf({ PageNumber }))).toEqual([
      'accepted',
      'accepted',
      'InvalidParam.PageNumber',
      'InvalidParam.PageNumber',
    ]);
  });

  it('moves MaxResults into the range where the action says so', () => {
    const rules = { maxSize: 100, hasPageNumbers: true, clampFrom: 10 };
    const limits = ['0', '9', '10', '100', '101'].map(
      (MaxResults) => read({ MaxResults }, rules).query.limit,
    );
    expect(limits).toEqual([10, 10, 10, 100, 100]);
    expect(codeOf({ MaxResults: 'x' }, rules)).toBe('InvalidParameter.MaxResults');
  });

  it('knows no page numbers where the action has none', () => {
    expect(read({}, { maxSize: 50, hasPageNumbers: false }).number).toBeUndefined();
  });
});

describe('NextToken', () => {
  it('brings back the position of the last row', () => {
    expect(read({ NextToken: tokenFor(FILTERS) }).query).toEqual({
      limit: 10,
      after: { createdAtMs: 7, id: 'mi-1' },
    });
  });

  it('is refused with other filters', () => {
    expect(codeOf({ NextToken: tokenFor(['Action', { Name: 'y' }]) })).toBe('InvalidParameter.NextToken');
  });

  it('is refused when it is anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.base64String(),
          fc.string().map((s) => toBase64Url(s)),
        ),
        (text) => {
          fc.pre(text !== '');
          expect(codeOf({ NextToken: text })).toBe('InvalidParameter.NextToken');
        },
      ),
    );
  });

  it('is empty on the last page, and comes with totals only in page-number style', () => {
    const last = { items: [], total: 3 };
    expect(pageMembers(read({}), last)).toEqual({
      NextToken: '',
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 3,
    });
    expect(pageMembers(read({ MaxResults: '5' }), last)).toEqual({ NextToken: '' });
  });
});
