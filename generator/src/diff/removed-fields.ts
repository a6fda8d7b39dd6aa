/** Finds fields and headers that readers may have used, and that no record has any more. */
import { guaranteeOf } from '../consumers/guarantee.ts';
import { ITEMS } from '../consumers/fields.ts';
import type { FieldPath } from '../consumers/fields.ts';
import type { Schema } from '../document.ts';
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
  for (const { field, at } of describedFields(before)) {
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

/** Returns the fields that a schema describes, each before those that it contains. */
function describedFields(root: Schema): DescribedField[] {
  const found: DescribedField[] = [];
  const visit = (schema: unknown, field: FieldPath, at: Path, within: readonly unknown[]) => {
    if (typeof schema !== 'object' || schema === null || within.includes(schema)) return;
    const inner = [...within, schema];
    const { properties = {}, items, allOf = [], anyOf = [], oneOf = [] } = schema as Schema;
    for (const [name, one] of Object.entries(properties)) {
      found.push({ field: [...field, name], at: [...at, 'properties', name] });
      visit(one, [...field, name], [...at, 'properties', name], inner);
    }
    if (Array.isArray(items))
      for (const [index, one] of items.entries()) visit(one, [...field, ITEMS], [...at, 'items', index], inner);
    else visit(items, [...field, ITEMS], [...at, 'items'], inner);
    for (const [keyword, list] of Object.entries({ allOf, anyOf, oneOf }))
      for (const [index, one] of list.entries()) visit(one, field, [...at, keyword, index], inner);
  };
  visit(root, [], [], []);
  return found;
}
