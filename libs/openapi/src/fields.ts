import { z } from 'zod';
import type { RpcCode } from './rpc-codes.js';

/** Mandatory text; its absence is `MissingParameter`. */
export const text = z.string();

/** Text of at most `max` UTF-16 units. */
export const boundedText = (max: number, code: RpcCode) => z.string().max(max, code);

/** A whole number in decimal. @param code  answered for anything else or out of range; without, `InvalidParameter.<Name>` */
export const integer = (min: number, max: number, code?: RpcCode) =>
  z
    .string()
    .regex(/^\d{1,9}$/, code)
    .transform(Number)
    .pipe(z.number().min(min, code).max(max, code));

/** `true` or `false` in any case: Python clients capitalise. */
export const boolean = z
  .string()
  .regex(/^(true|false)$/i)
  .transform((value) => value.toLowerCase() === 'true');

/** One of `values`, compared without case; the value comes out as it is written here. */
export const oneOf = <const V extends string>(...values: V[]) =>
  z.string().transform((value, context): V => {
    const found = values.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue('not one of the values');
    return z.NEVER;
  });

/** JSON in one parameter, then `schema`. */
export const json = <S extends z.ZodType>(schema: S, code?: RpcCode) =>
  z
    .string()
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue(code ?? 'not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);

/** `["a","b"]` in one parameter, at most 100 items. */
export const jsonTexts = (code?: RpcCode) => json(z.array(z.string(code), code).max(100, 'too many'), code);

/** Idempotency token: 1 to 64 ASCII characters. */
export const clientToken = z
  .string()
  .regex(/^[\x20-\x7e]{1,64}$/)
  .optional();

/** There are no resource groups, so none that is named can be found. */
export const resourceGroup = z.undefined('InvalidResourceGroup.NotFound' satisfies RpcCode).optional();

/**
 * A name: a letter, then letters, digits and `._-:`; no URL.
 * @param min  characters, at least
 */
export const resourceName = (min: number, max: number) =>
  z
    .string()
    .min(min, 'InstanceName.ExceedLimit' satisfies RpcCode)
    .max(max, 'InstanceName.ExceedLimit' satisfies RpcCode)
    .regex(/^(?!https?:\/\/)\p{L}[\p{L}\p{N}._:-]*$/u, 'InstanceName.InvalidPattern' satisfies RpcCode);
