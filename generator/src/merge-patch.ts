/** JSON Merge Patch (RFC 7386), by which AsyncAPI merges traits. */

import { isObject, setField } from './json-object.ts';
import type { JsonObject } from './json-object.ts';

/** Returns a value with what a patch adds, replaces and, by null, removes. */
export function patched(origin: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (!isObject(origin)) return withoutNulls(patch, new Map());
  const result = { ...origin };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else setField(result, name, patched(Object.hasOwn(result, name) ? result[name] : undefined, value));
  }
  return result;
}

/** What a patch sets to null is removed. An object without nulls stays the same object: it may contain itself. */
export function withoutNulls(value: JsonObject, known: Map<unknown, JsonObject>): JsonObject {
  if (!hasNull(value, new Set())) return value;
  const found = known.get(value);
  if (found !== undefined) return found;
  const copy: JsonObject = {};
  known.set(value, copy);
  for (const [name, item] of Object.entries(value)) {
    if (item !== null) setField(copy, name, isObject(item) ? withoutNulls(item, known) : item);
  }
  return copy;
}

function hasNull(value: JsonObject, seen: Set<unknown>): boolean {
  if (seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((item) => item === null || (isObject(item) && hasNull(item, seen)));
}
