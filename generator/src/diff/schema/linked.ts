/** Schemas as validators have them, with their references followed, so that parts of them can be compared. */

import { isObject } from '../../json-object.ts';
import type { JsonObject } from '../../json-object.ts';

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
const MAPS = new Set(['properties', 'patternProperties', 'dependencies']);
/** Keywords whose value is no schema. */
const VALUES = new Set(['const', 'enum', 'required', 'type']);

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

const texts = new WeakMap<object, string>();

/** Returns a text that is the same for equal schemas. */
export function textOf(schema: Linked | readonly Linked[]): string {
  return written(schema, []).text;
}

const identities = new WeakMap<object, string>();
const identityOfText = new Map<string, string>();

/** Returns a short text that is the same for equal schemas. */
export function identityOf(schema: Linked): string {
  if (typeof schema === 'boolean') return String(schema);
  let identity = identities.get(schema);
  if (identity === undefined) {
    const text = textOf(schema);
    identity = identityOfText.get(text) ?? String(identityOfText.size);
    identityOfText.set(text, identity);
    identities.set(schema, identity);
  }
  return identity;
}

/** Returns a short text that is the same for the same schemas in any order. */
export const identityOfAll = (schemas: readonly Linked[]): string =>
  [...new Set(schemas.map(identityOf))].sort().join('&');

interface Written {
  readonly text: string;
  /** Whether it names a schema that it is a part of. */
  readonly isOpen: boolean;
}

function written(value: unknown, within: readonly object[]): Written {
  if (typeof value !== 'object' || value === null)
    return { text: value === undefined ? 'undefined' : JSON.stringify(value), isOpen: false };
  const known = texts.get(value);
  if (known !== undefined) return { text: known, isOpen: false };
  const depth = within.indexOf(value);
  if (depth >= 0) return { text: `^${String(within.length - depth)}`, isOpen: true };
  const inner = [...within, value];
  const open: unknown[] = [];
  const part = (one: unknown): string => {
    const result = written(one, inner);
    if (result.isOpen) open.push(one);
    return result.text;
  };
  const text = Array.isArray(value)
    ? `[${value.map(part).join()}]`
    : `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${ofKeyword(name, (value as Record<string, unknown>)[name], part)}`).join()}}`; // prettier-ignore
  // One that names an outer schema has another meaning elsewhere; at the outermost level nothing is outside.
  const isOpen = open.length > 0 && within.length > 0;
  if (!isOpen) texts.set(value, text);
  return { text, isOpen };
}

/** The order of these lists has no meaning. */
const UNORDERED = new Set(['required', 'type', 'allOf', 'anyOf', 'oneOf']);

function ofKeyword(name: string, value: unknown, part: (one: unknown) => string): string {
  if (name === 'const') return dataText(value);
  if (name === 'enum' && Array.isArray(value)) return `[${[...new Set(value.map(dataText))].sort().join()}]`;
  if (MAPS.has(name) && isObject(value)) return objectText(value, part);
  if (!Array.isArray(value) || !UNORDERED.has(name)) return part(value);
  const parts = value.map(part).sort();
  // What fits an alternative that is there twice fits more than one.
  return `[${(name === 'oneOf' ? parts : [...new Set(parts)]).join()}]`;
}

/** Returns a text that is the same for equal values of JSON. */
export const dataText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(dataText).join()}]`;
  return isObject(value) ? objectText(value, dataText) : JSON.stringify(value);
};

const objectText = (value: JsonObject, part: (one: unknown) => string): string =>
  `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${part(value[name])}`).join()}}`; // prettier-ignore
