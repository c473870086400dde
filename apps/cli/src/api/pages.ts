/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty or absent on the last page. */
  readonly nextToken: string | undefined;
}

/** Follows `NextToken` to the end. @param fetchPage  gets the token of the page before, none for the first */
export async function collectPages<Item>(
  fetchPage: (token?: string) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await fetchPage(token);
    items.push(...page.items);
    token = page.nextToken === token ? undefined : page.nextToken;
  } while (token !== undefined && token !== '');
  return items;
}
