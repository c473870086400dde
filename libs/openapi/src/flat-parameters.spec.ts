import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flatFields, toInput } from './flat-parameters.js';

const FIELDS = flatFields({
  RegionId: z.string(),
  statusKey: z.string().optional(),
  InstanceId: z.array(z.string()).transform(([id]) => id),
  Tag: z.array(z.object({ Key: z.string() })).optional(),
  Json: z.string().transform(String).pipe(z.string()).default(''),
});
const gather = (pairs: Record<string, string>) => toInput(new Map(Object.entries(pairs)), FIELDS);

describe('toInput', () => {
  it('orders lists by position and allows gaps', () => {
    expect(gather({ 'InstanceId.10': 'j', 'InstanceId.2': 'b', 'InstanceId.1': 'a' })).toEqual({
      InstanceId: ['a', 'b', 'j'],
    });
  });

  it('gathers the fields of objects and keeps empty ones', () => {
    expect(gather({ 'Tag.2.Value': '', 'Tag.1.Key': 'a', 'Tag.2.Key': 'b' })).toEqual({
      Tag: [{ Key: 'a' }, { Key: 'b', Value: '' }],
    });
  });

  it('takes an empty scalar or list item for absent', () => {
    expect(gather({ RegionId: '', 'InstanceId.1': '', 'InstanceId.2': 'b' })).toEqual({ InstanceId: ['b'] });
    expect(gather({ 'InstanceId.1': '' })).toEqual({});
  });

  it('accepts a lower-camel name capitalised', () => {
    expect(gather({ StatusKey: 'x' })).toEqual({ statusKey: 'x' });
    expect(gather({ statusKey: 'x' })).toEqual({ statusKey: 'x' });
  });

  it.each([
    'regionId',
    'RegionId.1',
    'InstanceId',
    'InstanceId.0',
    'InstanceId.01',
    'InstanceId.10000',
    'InstanceId.1.Key',
    'InstanceId.-1',
    'Tag.1',
    'Tag.1.Key.1',
    'Tag.1.__proto__',
    'Tag.1.constructor',
    '__proto__',
    'OwnerId',
    'Json.1',
  ])('passes over %s', (name) => {
    expect(gather({ [name]: 'x' })).toEqual({});
  });

  it('leaves prototypes alone and never throws', () => {
    const name = fc
      .array(
        fc.constantFrom('Tag', 'InstanceId', 'RegionId', '1', '2', 'Key', '__proto__', 'constructor', ''),
      )
      .map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
        const input = toInput(new Map(pairs), FIELDS);
        expect(Object.keys(input).every((key) => ['Tag', 'InstanceId', 'RegionId'].includes(key))).toBe(true);
        expect(Object.getPrototypeOf({})).toBe(Object.prototype);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});
