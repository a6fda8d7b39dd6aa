/** Finds where a schema of Avro describes a field. */
import { isObject } from '../json-object.ts';
import type { JsonObject } from '../json-object.ts';
import type { Path } from '../pointer.ts';

/** A schema, and where it is. */
interface Located {
  readonly schema: unknown;
  readonly path: Path;
}

/** Returns the keys that lead to the last of these fields, each within the one before, as far as the schema has them. */
export function pathToField(schema: unknown, names: readonly string[]): Path {
  const root: Located = { schema, path: [] };
  const definitions = new Map(recordsIn(root).map((record) => [simple((record.schema as JsonObject)['name']), record]));
  let at = root;
  for (const name of names) {
    const found = fieldsOf(at, definitions).find(({ schema: field }) => isObject(field) && field['name'] === name);
    if (found === undefined) break;
    at = found;
  }
  return at.path;
}

const inner = ({ schema, path }: Located, key: string | number): Located => ({
  schema: (schema as Readonly<Record<string | number, unknown>>)[key],
  path: [...path, key],
});

/** Returns all records in a schema, itself too. */
function recordsIn(at: Located): Located[] {
  const { schema } = at;
  if (Array.isArray(schema)) return schema.flatMap((_, index) => recordsIn(inner(at, index)));
  if (!isObject(schema)) return [];
  const own = Array.isArray(schema['fields']) ? [at] : [];
  return [...own, ...['type', 'items', 'values', 'fields'].flatMap((key) => recordsIn(inner(at, key)))];
}

/** Returns the fields of a schema that are in no other field: of the records that it is, or that it has as alternatives or items. */
function fieldsOf(at: Located, definitions: ReadonlyMap<string, Located>): Located[] {
  const { schema } = at;
  if (Array.isArray(schema)) return schema.flatMap((_, index) => fieldsOf(inner(at, index), definitions));
  if (typeof schema === 'string') {
    const definition = definitions.get(simple(schema));
    return definition === undefined ? [] : ownFields(definition);
  }
  if (!isObject(schema)) return [];
  const own = ownFields(at);
  return own.length > 0 ? own : ['type', 'items', 'values'].flatMap((key) => fieldsOf(inner(at, key), definitions));
}

function ownFields(at: Located): Located[] {
  const fields = inner(at, 'fields');
  return Array.isArray(fields.schema) ? fields.schema.map((_, index) => inner(fields, index)) : [];
}

/** Returns a name without its namespace. */
const simple = (name: unknown): string => String(name).split('.').at(-1) ?? '';
