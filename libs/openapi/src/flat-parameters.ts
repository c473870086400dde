import type { core } from 'zod';
import type { Parameters } from './percent-encoding.js';

/** How a member is flattened: `Name`, `Name.N`, or `Name.N.Field` (spec openapi §3). */
type FlatKind = 'scalar' | 'list' | 'objects';

/** Wire name → name in the schema and its form. */
export type FlatFields = ReadonlyMap<string, { readonly name: string; readonly kind: FlatKind }>;

/** What a schema is given: text, lists of text, lists of objects of text; a member that is absent is not there. */
export type FlatInput = Record<string, string | string[] | Record<string, string>[]>;

/** Position in a list, 1 to 9999; other texts are no parameter that anybody knows. */
const POSITION = /^[1-9]\d{0,3}$/;

/** Derives from an action's schema how its parameters are flattened. Names in lower camel case may come capitalised. */
export function flatFields(shape: core.$ZodShape): FlatFields {
  const fields = new Map<string, { name: string; kind: FlatKind }>();
  for (const [name, schema] of Object.entries(shape)) {
    const field = { name, kind: kindOf(schema) };
    fields.set(name, field);
    // pop-core upper-cases the first letter of every name.
    fields.set(name.charAt(0).toUpperCase() + name.slice(1), field);
  }
  return fields;
}

/**
 * Gathers the known parameters into the nested form that schemas read. Lists are ordered by position and may have gaps;
 * an empty scalar or list item counts as absent, an empty field of an object does not; unknown names are passed over.
 */
export function toInput(params: Parameters, fields: FlatFields): FlatInput {
  const input: FlatInput = {};
  const lists = new Map<string, Map<number, string | Record<string, string>>>();
  for (const [wireName, value] of params) {
    const [head = '', position = '', member, ...rest] = wireName.split('.', 4);
    const field = fields.get(head);
    if (!field || rest.length > 0) continue;
    if (field.kind === 'scalar') {
      if (wireName === head && value !== '') input[field.name] = value;
    } else if (POSITION.test(position)) {
      const items = lists.get(field.name) ?? new Map<number, string | Record<string, string>>();
      putItem(items, Number(position), field.kind, member, value);
      if (items.size > 0) lists.set(field.name, items);
    }
  }
  for (const [name, items] of lists) input[name] = inOrder(items) as string[];
  return input;
}

function putItem(
  items: Map<number, string | Record<string, string>>,
  position: number,
  kind: FlatKind,
  member: string | undefined,
  value: string,
): void {
  if (kind === 'list') {
    if (member === undefined && value !== '') items.set(position, value);
  } else if (member !== undefined && /^[A-Z][A-Za-z]*$/.test(member)) {
    const item = items.get(position);
    items.set(position, { ...(typeof item === 'object' ? item : {}), [member]: value });
  }
}

const inOrder = <T>(items: ReadonlyMap<number, T>): T[] =>
  [...items].sort(([a], [b]) => a - b).map(([, item]) => item);

function kindOf(schema: core.$ZodType): FlatKind {
  const { def } = (schema as core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'default') return kindOf(def.innerType);
  if (def.type === 'pipe') return kindOf(def.in);
  if (def.type !== 'array') return 'scalar';
  return (def.element as core.$ZodTypes)._zod.def.type === 'object' ? 'objects' : 'list';
}
