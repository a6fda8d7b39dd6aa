/** Reads schemas that name JSON Schema 2019-09 or 2020-12: their keywords are written as draft 7 has them. */
import { DATA } from './enums.ts';
import { isObject, setField } from './json-object.ts';
import type { JsonObject } from './json-object.ts';

/** Keywords of later drafts that draft 7 cannot express. */
export const UNREAD: readonly string[] = ['minContains', 'maxContains', 'unevaluatedItems', 'unevaluatedProperties', '$dynamicRef', '$recursiveRef']; // prettier-ignore

/** The keywords that a later draft has instead of one of draft 7. */
export const LATER_NAMES: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['dependencies', ['dependentRequired', 'dependentSchemas']],
  ['items', ['prefixItems']],
  ['additionalItems', ['items']],
]);

/** Keywords whose value is an object of schemas: its names are no keywords. */
const MAPS: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions']; // prettier-ignore
const LATER = /\b(?:2019-09|2020-12)\b/;
const isLater = (name: unknown): boolean => typeof name === 'string' && LATER.test(name);

/** Returns the schema of a value that names a later draft: by `$schema`, or by the `schemaFormat` next to it. */
export function laterSchemaIn(value: object): unknown {
  const { $schema, schemaFormat, schema } = value as JsonObject;
  return isLater(schemaFormat) ? schema : isLater($schema) ? value : undefined;
}

/**
 * Returns a document in which what stands next to a `$ref` counts too: draft 7 ignores it, and so does everything that follows references.
 * Without such a schema it is the given one.
 */
export function withSiblings(root: unknown, text: string): unknown {
  if (!LATER.test(text)) return root;
  const visit = (value: unknown, inLater: boolean): unknown => {
    if (Array.isArray(value)) return kept(value, value.map((item) => visit(item, inLater))); // prettier-ignore
    if (!isObject(value)) return value;
    const later = laterSchemaIn(value);
    const copy: JsonObject = {};
    for (const [name, item] of Object.entries(value))
      setField(copy, name, DATA.has(name) ? item : visit(item, inLater || later === value || item === later));
    const { $ref, ...siblings } = copy;
    const { allOf = [] } = siblings;
    const hasMore = inLater && typeof $ref === 'string' && Object.keys(siblings).length > 0;
    return hasMore ? { ...siblings, allOf: [{ $ref }, ...(allOf as unknown[])] } : kept(value, copy);
  };
  return visit(root, false);
}

/** Returns what was given if a copy has the same in it. */
function kept<Value extends object>(value: Value, copy: Value): Value {
  const given = Object.values(value);
  return Object.values(copy).every((item, index) => item === given[index]) ? value : copy;
}

/** Changes each schema of a later draft. References are resolved. Returns the keywords that are left, which nobody reads. */
export function toDraft7(root: unknown): string[] {
  const [seen, converted] = [new Set<unknown>(), new Set<unknown>()];
  const unread = new Set<string>();
  const find = (value: unknown) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    convert(laterSchemaIn(value), unread, converted);
    for (const [name, item] of Object.entries(value)) if (!DATA.has(name)) find(item);
  };
  find(root);
  return [...unread];
}

function convert(value: unknown, unread: Set<string>, converted: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || converted.has(value)) return;
  converted.add(value);
  if (Array.isArray(value)) {
    for (const item of value) convert(item, unread, converted);
    return;
  }
  const schema = value as JsonObject;
  for (const [name, item] of Object.entries(schema)) {
    const isMap = MAPS.includes(name) && isObject(item);
    if (!DATA.has(name)) for (const inner of isMap ? Object.values(item) : [item]) convert(inner, unread, converted);
  }
  takeDependencies(schema);
  takeItems(schema);
  takeContains(schema);
  for (const name of UNREAD) if (name in schema) unread.add(name);
}

function takeDependencies(schema: JsonObject): void {
  const { dependentRequired, dependentSchemas } = schema;
  if (!isObject(dependentRequired) && !isObject(dependentSchemas)) return;
  const dependencies: JsonObject = isObject(dependentRequired) ? { ...dependentRequired } : {};
  for (const [name, one] of Object.entries(isObject(dependentSchemas) ? dependentSchemas : {})) {
    const both = Object.hasOwn(dependencies, name) ? { allOf: [{ required: dependencies[name] }, one] } : one;
    setField(dependencies, name, both);
  }
  delete schema['dependentRequired'];
  delete schema['dependentSchemas'];
  schema['dependencies'] = dependencies;
}

function takeItems(schema: JsonObject): void {
  const { prefixItems, items } = schema;
  if (!Array.isArray(prefixItems)) return;
  delete schema['prefixItems'];
  schema['items'] = prefixItems;
  if (items !== undefined) schema['additionalItems'] = items;
}

/** One is the least number of items that `contains` asks for, unless it is stated. */
function takeContains(schema: JsonObject): void {
  const { contains, minContains, maxContains } = schema;
  if (contains === undefined) {
    delete schema['minContains'];
    delete schema['maxContains'];
  } else if (maxContains === undefined && (minContains === 0 || minContains === 1)) {
    delete schema['minContains'];
    if (minContains === 0) delete schema['contains'];
  }
}
