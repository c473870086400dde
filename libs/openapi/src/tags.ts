import { z } from 'zod';
import type { RpcCode } from './rpc-codes.js';

const code = (value: RpcCode): RpcCode => value;

const MAX_TAGS = 20;
const URL_IN_TEXT = /https?:\/\//;

const key = z
  .string(code('MissingParameter.TagKey'))
  .min(1, code('MissingParameter.TagKey'))
  .max(64, code('InvalidTagKey.Malformed'))
  .refine((value) => !/^(aliyun|acs:)/.test(value), code('InvalidTagKey.Malformed'))
  .refine((value) => !URL_IN_TEXT.test(value), code('InvalidTagKey.Malformed'));

const value = z
  .string()
  .max(128, code('InvalidTagValue.Malformed'))
  .refine((text) => !URL_IN_TEXT.test(text), code('InvalidTagValue.Malformed'));

const hasDistinctKeys = (tags: readonly { readonly Key: string }[]): boolean =>
  new Set(tags.map(({ Key }) => Key)).size === tags.length;

/** `Tag.N.Key`, `Tag.N.Value` to be attached; a value that is absent is empty. */
export const tags = z
  .array(z.object({ Key: key, Value: value.default('') }))
  .max(MAX_TAGS, code('NumberExceed.Tags'))
  .refine(hasDistinctKeys, code('Duplicate.TagKey'))
  .optional();

/** `Tag.N.Key`, `Tag.N.Value` that must all match; a tag without a value matches any. */
export const tagFilters = z
  .array(z.object({ Key: key, Value: value.optional() }))
  .max(MAX_TAGS, code('NumberExceed.Tags'))
  .refine(hasDistinctKeys, code('Duplicate.TagKey'))
  .optional();

/** A label in an answer. */
export interface TagMember {
  TagKey: string;
  TagValue: string;
}
