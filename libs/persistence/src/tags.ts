import type { Tag } from '@sallyport/fleet';
import type { Prisma } from './generated/client.js';

/** One condition on tags; without a value any value matches. */
export interface TagFilter {
  readonly key: string;
  readonly value?: string | undefined;
}

/** The tags of a row, as its JSON column holds them. */
export const tagsFrom = (json: Prisma.JsonValue): readonly Tag[] => json as unknown as readonly Tag[];

/** The JSON column's form of `tags`. */
export const tagsToJson = (tags: readonly Tag[]): Prisma.InputJsonArray =>
  tags.map(({ key, value }) => ({ key, value }));

/** What a JSON column of tags must contain (PostgreSQL's `@>`) to meet every condition. */
export const tagPattern = (filters: readonly TagFilter[]): Prisma.InputJsonArray =>
  filters.map(({ key, value }) => (value === undefined ? { key } : { key, value }));
