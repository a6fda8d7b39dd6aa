/** Schemas as validators have them, with their references followed, so that parts of them can be compared. */

/** A schema: of its keywords only those that decide which values are valid. It may contain itself. */
export type Linked = boolean | LinkedObject;

export interface LinkedObject {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Linked>>;
  readonly patternProperties?: Readonly<Record<string, Linked>>;
  readonly additionalProperties?: Linked;
  readonly unevaluatedProperties?: Linked;
  readonly propertyNames?: Linked;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependencies?: Readonly<Record<string, Linked | readonly string[]>>;
  readonly items?: Linked | readonly Linked[];
  readonly additionalItems?: Linked;
  readonly contains?: Linked;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly allOf?: readonly Linked[];
  readonly anyOf?: readonly Linked[];
  readonly oneOf?: readonly Linked[];
  readonly not?: Linked;
  readonly if?: Linked;
  readonly then?: Linked;
  readonly else?: Linked;
}

/** Keywords whose value is an object of schemas. */
export const MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependencies']);
/** Keywords whose value is no schema. */
export const VALUES: ReadonlySet<string> = new Set(['const', 'enum', 'required', 'type']);

const knownSchemas = new Map<string, Linked>();
const MAX_KNOWN = 2_000;

/**
 * Follows the references of a schema that `schemaOf` has returned: they lead to its definitions. Equal schemas are one object: what is
 * found out about one of them holds for all messages that have it.
 */
export function linked(root: object | boolean): Linked {
  if (typeof root === 'boolean') return root;
  const text = JSON.stringify(root);
  let schema = knownSchemas.get(text);
  if (schema === undefined) {
    if (knownSchemas.size >= MAX_KNOWN) knownSchemas.clear();
    schema = newlyLinked(root, text.includes('"unevaluatedProperties"'));
    knownSchemas.set(text, schema);
  }
  return schema;
}

/** @param countsDescribed only with `unevaluatedProperties` it matters whether a schema describes a field that it accepts anyway. */
function newlyLinked(root: object, countsDescribed: boolean): Linked {
  const definitions = (root as { readonly definitions?: Readonly<Record<string, object | boolean>> }).definitions ?? {};
  const targets = new Map<string, Linked>();

  function link(schema: object | boolean): Linked {
    if (typeof schema === 'boolean') return schema;
    const { $ref } = schema as { readonly $ref?: string };
    if ($ref === undefined) return copied(schema, {});
    const name = $ref.slice('#/definitions/'.length);
    const found = targets.get(name);
    if (found !== undefined) return found;
    const target = definitions[name] ?? {};
    if (typeof target === 'boolean') return target;
    const copy: Record<string, unknown> = {};
    targets.set(name, copy);
    return copied(target, copy);
  }

  function copied(schema: object, copy: Record<string, unknown>): Linked {
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === 'definitions' || isIdle(keyword, value, schema)) continue;
      if (keyword === 'additionalProperties' && isAny(value) && !countsDescribed) continue;
      if (keyword === 'enum' && Array.isArray(value) && value.length === 1 && !('const' in schema))
        copy['const'] = value[0];
      else if (keyword === 'type' && Array.isArray(value) && value.length === 1) copy[keyword] = value[0];
      else if (VALUES.has(keyword)) copy[keyword] = value;
      else if (MAPS.has(keyword)) {
        const entries = Object.entries(value as Record<string, object>);
        copy[keyword] = Object.fromEntries(entries.map(([name, one]) => [name, Array.isArray(one) ? one : link(one)]));
      } else if (Array.isArray(value)) copy[keyword] = value.map((one) => link(one as object));
      else copy[keyword] = typeof value === 'object' && value !== null ? link(value as object) : value;
    }
    // Names are texts: where they may not be, there are no fields.
    if (copy['propertyNames'] !== undefined && !mayBeText(copy['propertyNames'] as Linked)) {
      delete copy['propertyNames'];
      copy['maxProperties'] = 0;
    }
    return copy;
  }

  return link(root);
}

function mayBeText(schema: Linked): boolean {
  if (typeof schema === 'boolean') return schema;
  return [schema.type ?? 'string'].flat().includes('string');
}

/** Whether a keyword accepts everything. Ajv takes no notice of a condition without consequences. */
function isIdle(keyword: string, value: unknown, schema: object): boolean {
  switch (keyword) {
    case 'if':
      return !('then' in schema) && !('else' in schema);
    case 'then':
    case 'else':
      return !('if' in schema);
    case 'required':
      return Array.isArray(value) && value.length === 0;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return value === 0;
    case 'uniqueItems':
      return value === false;
    case 'propertyNames':
      return isAny(value) || isText(value);
    default:
      return false;
  }
}

const isAny = (value: unknown) =>
  value === true || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Whether a schema accepts each text. */
const isText = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'type' && mayBeText(value);

/** Keywords that have a meaning together only. */
const GROUPS: readonly (readonly (keyof LinkedObject)[])[] = [
  ['properties', 'patternProperties', 'additionalProperties'],
  ['items', 'additionalItems'],
  ['if', 'then', 'else'],
];
const GROUP_OF = new Map(GROUPS.flatMap((group) => group.map((keyword) => [keyword, group] as const)));

/** Returns the keywords of a schema as schemas of their own: a value is valid if it is valid by each of them. */
export function groupsOf(schema: LinkedObject): LinkedObject[] {
  const known = groups.get(schema);
  if (known !== undefined) return known;
  const parts = new Map<unknown, Record<string, unknown>>();
  // It counts what the other keywords of its schema leave over.
  if (schema.unevaluatedProperties !== undefined) parts.set(schema, { ...schema });
  else {
    for (const [keyword, value] of Object.entries(schema)) {
      const group = GROUP_OF.get(keyword as keyof LinkedObject) ?? keyword;
      const part = parts.get(group) ?? {};
      part[keyword] = value;
      parts.set(group, part);
    }
  }
  const list = [...parts.values()];
  groups.set(schema, list);
  return list;
}

const groups = new WeakMap<object, LinkedObject[]>();
