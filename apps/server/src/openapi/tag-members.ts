import type { Tag } from '@sallyport/fleet';
import type { TagMember } from '@sallyport/openapi';

/** `Tag.N` of a request → labels. */
export const tagsOf = (tags: readonly { Key: string; Value: string }[] | undefined): readonly Tag[] =>
  (tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));

/** `Tag.N` of a list request → conditions. */
export const tagFilter = (
  tags: readonly { Key: string; Value?: string | undefined }[] | undefined,
): readonly { key: string; value: string | undefined }[] | undefined =>
  tags?.map(({ Key, Value }) => ({ key: Key, value: Value }));

/** Labels → `Tags` of an answer. */
export const tagMembers = (tags: readonly Tag[]): TagMember[] =>
  tags.map(({ key, value }) => ({ TagKey: key, TagValue: value }));
