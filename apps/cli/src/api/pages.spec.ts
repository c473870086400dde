import { describe, expect, it } from 'vitest';
import { collectPages } from './pages.js';

describe('collectPages', () => {
  it('follows the tokens to the end', async () => {
    const pages = new Map([
      [undefined, { items: [1, 2], nextToken: 'a' }],
      ['a', { items: [3], nextToken: 'b' }],
      ['b', { items: [4], nextToken: '' }],
    ]);
    const fetchPage = (token?: string) =>
      Promise.resolve(pages.get(token) ?? { items: [], nextToken: undefined });
    expect(await collectPages(fetchPage)).toEqual([1, 2, 3, 4]);
  });

  it('stops when a server gives the same token again', async () => {
    let calls = 0;
    const items = await collectPages(() => Promise.resolve({ items: [++calls], nextToken: 'same' }));
    expect(items).toEqual([1, 2]);
  });
});
