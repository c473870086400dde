import type { Keyset, PageQuery, Slice } from '@sallyport/kernel';

/** Prisma's arguments that read one row more than the page has, so that a following page shows. */
export const pageArguments = ({ limit, offset }: PageQuery) => ({ take: limit + 1, skip: offset ?? 0 });

/** Prisma's condition for rows after `after` in the order newest first, larger id first. */
export function afterKeyset(after: Keyset | undefined) {
  if (!after) return {};
  const createdAt = new Date(after.createdAtMs);
  // `lte` is implied by the alternatives; spelled out, an index can serve it.
  return { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { id: { lt: after.id } }] };
}

/**
 * The slice made of `rows`, which hold up to one more than `limit`.
 * @param keysetOf  position of an item in the list's order
 */
export function toSlice<T>(
  items: readonly T[],
  total: number,
  { limit }: PageQuery,
  keysetOf: (item: T) => Keyset,
): Slice<T> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, total, next: items.length > limit && last ? keysetOf(last) : undefined };
}
