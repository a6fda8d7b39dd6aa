/** Finds fields and headers that readers may have used, and that no record has any more. */
import { guaranteeOf } from '../consumers/guarantee.ts';
import { ITEMS } from '../consumers/fields.ts';
import type { FieldPath } from '../consumers/fields.ts';
import type { Schema } from '../document.ts';
import { isObject } from '../json-object.ts';
import type { Path } from '../pointer.ts';

interface RemovedField {
  /** `*` for the items of a list. */
  readonly field: readonly string[];
  /** Where the old schema describes it. */
  readonly at: Path;
}

/** Returns the optional fields that only the older schema describes. One that was always there is missed by every reader: another rule finds it. */
export function removedFields(before: Schema, after: Schema): RemovedField[] {
  const removed = new Map<string, RemovedField>();
  for (const { field, at } of describedFields(before, after)) {
    if (guaranteeOf(after, field).kind !== 'unknown' || guaranteeOf(before, field).kind === 'guaranteed') continue;
    const names = field.map((step) => (step === ITEMS ? '*' : step));
    // Of an object that is removed, its fields are too.
    const isInside = names.some((_name, index) => removed.has(JSON.stringify(names.slice(0, index))));
    const key = JSON.stringify(names);
    if (!isInside && !removed.has(key)) removed.set(key, { field: names, at });
  }
  return [...removed.values()];
}

interface DescribedField {
  readonly field: FieldPath;
  readonly at: Path;
}

/** A schema, and what the newer version has for the same values. */
interface Visit extends DescribedField {
  readonly schema: unknown;
  readonly newer: ReadonlySet<Schema>;
}

/**
 * Returns the fields that a schema describes, each before those that it contains. Schemas that contain each other have no end of fields:
 * each schema is taken once for what the newer version may have instead.
 */
function describedFields(root: Schema, after: Schema): DescribedField[] {
  const found: DescribedField[] = [];
  const seen = new Set<string>();
  const idOf = idsOfObjects();
  const open: Visit[] = [{ schema: root, newer: partsOf([after]), field: [], at: [] }];
  for (const { schema, newer, field, at } of open) {
    if (!isObject(schema)) continue;
    const key = [schema, ...newer].map(idOf).join();
    if (seen.has(key)) continue;
    seen.add(key);
    const { properties = {}, items, allOf = [], anyOf = [], oneOf = [] } = schema as Schema;
    for (const [name, one] of Object.entries(properties)) {
      const next = { field: [...field, name], at: [...at, 'properties', name] };
      found.push(next);
      open.push({ ...next, schema: one, newer: partsOf([...newer].map((part) => part.properties?.[name])) });
    }
    const itemsNow = partsOf([...newer].flatMap((part): unknown[] => [part.items].flat()));
    for (const [index, one] of [items].flat().entries())
      open.push({ schema: one, newer: itemsNow, field: [...field, ITEMS], at: [...at, 'items', ...(Array.isArray(items) ? [index] : [])] }); // prettier-ignore
    for (const [keyword, list] of Object.entries({ allOf, anyOf, oneOf }))
      for (const [index, one] of list.entries()) open.push({ schema: one, newer, field, at: [...at, keyword, index] });
  }
  return found;
}

/** Returns schemas with those that they combine. */
function partsOf(schemas: readonly unknown[]): ReadonlySet<Schema> {
  const parts = new Set<Schema>(schemas.filter(isObject) as Schema[]);
  for (const { allOf = [], anyOf = [], oneOf = [] } of parts)
    for (const part of [...allOf, ...anyOf, ...oneOf]) if (isObject(part)) parts.add(part);
  return parts;
}

function idsOfObjects(): (value: object) => number {
  const ids = new Map<object, number>();
  return (value) => {
    const id = ids.get(value) ?? ids.size;
    ids.set(value, id);
    return id;
  };
}
