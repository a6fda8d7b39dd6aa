/** Merges the parts of a schema (`allOf`) to one schema that accepts what all of them accept. */
import type { Schema } from '../document.ts';
import { fingerprintOf } from '../types.ts';

/** Two parts cannot be one schema. */
export class MergeError extends Error {}

type Keywords = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about which values are valid: the first one counts. */
const NOTES =
  /^(?:title|description|default|examples|readOnly|writeOnly|deprecated|discriminator|\$id|\$schema|\$comment|x-.*)$/;

const known = new WeakMap<Schema, Schema>();

/** Returns the schema without `allOf`. A schema always has the same result. @throws {MergeError} with the rest of a sentence. */
export function merged(schema: Schema): Schema {
  if (schema.allOf === undefined) return schema;
  const found = known.get(schema);
  if (found !== undefined) return found;
  const { allOf, ...own } = schema;
  const parts = allOf.map((part) => {
    const { 'x-parser-schema-id': _, ...rest } = merged(part);
    return rest;
  });
  // A schema that only adds its parts together keeps their names if there is one.
  const [only] = allOf;
  const isAlias = allOf.length === 1 && only !== undefined && Object.keys(own).every((keyword) => NOTES.test(keyword));
  const result = isAlias
    ? { ...merged(only), ...withoutId(own) }
    : parts.reduce<Schema>((whole, { title: _, ...part }) => combined(whole, part), own);
  known.set(schema, result);
  return result;
}

function withoutId({ 'x-parser-schema-id': _, ...rest }: Schema): Schema {
  return rest;
}

function combined(one: Schema, other: Schema): Schema {
  const result: Record<string, unknown> = { ...one };
  for (const [keyword, value] of Object.entries(other)) {
    const present = result[keyword];
    result[keyword] = present === undefined ? value : both(keyword, present, value);
  }
  return closed(one, other, result);
}

function both(keyword: string, one: unknown, other: unknown): unknown {
  if (NOTES.test(keyword)) return one;
  switch (keyword) {
    case 'properties':
      return properties(one as Keywords, other as Keywords);
    case 'required':
      return [...new Set([...(one as string[]), ...(other as string[])])];
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return Math.max(one as number, other as number);
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return Math.min(one as number, other as number);
    case 'uniqueItems':
      return one === true || other === true;
    case 'type':
      return common(keyword, [one].flat(), [other].flat());
    case 'enum':
      return common(keyword, one as unknown[], other as unknown[]);
    default:
      if (one === other || fingerprintOf(one) === fingerprintOf(other)) return one;
      throw new MergeError(`both have ${keyword}`);
  }
}

function properties(one: Keywords, other: Keywords): Keywords {
  const result = { ...one };
  for (const [name, schema] of Object.entries(other)) {
    const present = result[name];
    if (present === undefined || present === true || present === schema) result[name] = schema;
    else if (present !== false && schema !== true)
      result[name] = schema === false ? false : { allOf: [present, schema] };
  }
  return result;
}

function common(keyword: string, one: readonly unknown[], other: readonly unknown[]): unknown {
  const found = one.filter(
    (value) => other.includes(value) || (keyword === 'type' && value === 'integer' && other.includes('number')),
  );
  if (found.length === 0 && keyword === 'type' && one.includes('number') && other.includes('integer')) return 'integer';
  if (found.length === 0) throw new MergeError(`have no ${keyword} in common`);
  return keyword === 'type' && found.length === 1 ? found[0] : found;
}

/** A part that forbids fields without a schema of its own forbids those of the other parts. */
function closed(one: Schema, other: Schema, result: Record<string, unknown>): Schema {
  const isClosed = [one, other].find(({ additionalProperties }) => additionalProperties === false);
  const names = Object.keys(result['properties'] ?? {});
  const own = Object.keys(isClosed?.properties ?? {});
  if (isClosed !== undefined && names.some((name) => !own.includes(name)))
    throw new MergeError('forbid each other fields (additionalProperties: false)');
  return result;
}
