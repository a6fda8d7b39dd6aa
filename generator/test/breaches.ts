/** Makes values that break a schema from one that is valid. */
import type { Schema } from '../src/document.ts';

/** A value that is not valid, and why. */
export interface Breach {
  readonly what: string;
  readonly value: unknown;
}

/** Returns a value without each required field, with another type in each field, and one of another type itself. */
export function breaches(schema: Schema, value: unknown): Breach[] {
  const found: Breach[] = [];
  const [type] = typesOf(schema);
  if (type !== undefined) found.push({ what: `another type than ${type}`, value: ofOtherType(schema) });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return found;
  for (const field of requiredOf(schema)) {
    const { [field]: _, ...rest } = value as Record<string, unknown>;
    found.push({ what: `no ${field}`, value: rest });
  }
  for (const [field, property] of fieldsOf(schema)) {
    if (!(field in value) || typesOf(property).length === 0) continue;
    found.push({ what: `another type of ${field}`, value: { ...value, [field]: ofOtherType(property) } });
  }
  return found;
}

function requiredOf(schema: Schema): string[] {
  return [...new Set([...(schema.required ?? []), ...(schema.allOf ?? []).flatMap(requiredOf)])];
}

function fieldsOf(schema: Schema): [string, Schema][] {
  return [...Object.entries(schema.properties ?? {}), ...(schema.allOf ?? []).flatMap(fieldsOf)];
}

function typesOf({ type, const: fixed }: Schema): string[] {
  return type === undefined ? (fixed === undefined ? [] : [typeof fixed]) : [type].flat();
}

/** Returns a value of a type that the schema does not allow. */
function ofOtherType(schema: Schema): unknown {
  const types = typesOf(schema);
  const accepts = (type: string) => types.includes(type);
  if (!accepts('boolean')) return true;
  if (!accepts('string')) return 'another type';
  return 1.5;
}
