import { describe, expect, it } from 'vitest';
import { afterKeyset, toSlice } from './paging.js';

const keysetOf = (id: string) => ({ createdAtMs: 1, id });

describe('page', () => {
  it('has a next position exactly when a row beyond its limit was read', () => {
    expect(toSlice(['b', 'a'], 9, { limit: 2 }, keysetOf)).toEqual({
      items: ['b', 'a'],
      total: 9,
      next: undefined,
    });
    expect(toSlice(['c', 'b', 'a'], 9, { limit: 2 }, keysetOf)).toEqual({
      items: ['c', 'b'],
      total: 9,
      next: { createdAtMs: 1, id: 'b' },
    });
  });

  it('is not restricted without a position', () => {
    expect(afterKeyset(undefined)).toEqual({});
  });
});
