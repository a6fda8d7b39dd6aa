/** Identifies schemas: equal schemas have the same short text, also if they contain themselves. */
import { groupsFrom } from '../../cycles.ts';
import { isObject } from '../../json-object.ts';
import type { JsonObject } from '../../json-object.ts';
import { MAPS, VALUES } from './linked.ts';
import type { Linked, LinkedObject } from './linked.ts';

const identities = new WeakMap<object, string>();
const nameOfText = new Map<string, string>();

/** Returns a short text that is the same for equal schemas. */
export function identityOf(schema: Linked): string {
  if (typeof schema === 'boolean') return String(schema);
  return identities.get(schema) ?? identify(schema);
}

/** Returns a short text that is the same for the same schemas in any order. */
export const identityOfAll = (schemas: readonly Linked[]): string =>
  [...new Set(schemas.map(identityOf))].sort().join('&');

/** Returns a schema and all that it contains. */
export function schemasIn(root: Linked): ReadonlySet<LinkedObject> {
  const found = new Set<LinkedObject>(typeof root === 'object' ? [root] : []);
  for (const schema of found) for (const child of childrenOf(schema)) found.add(child);
  return found;
}

function nameOf(text: string): string {
  let name = nameOfText.get(text);
  if (name === undefined) {
    name = String(nameOfText.size);
    nameOfText.set(text, name);
  }
  return name;
}

/** Finds the identities of a schema and of all that it contains. */
function identify(root: LinkedObject): string {
  for (const [first = {}, ...others] of groupsFrom(root, childrenOf, (schema) => identities.has(schema))) {
    if (others.length > 0 || childrenOf(first).includes(first)) identifyCycle([first, ...others]);
    else identities.set(first, identityByParts(first));
  }
  return identityOf(root);
}

function identityByParts(schema: LinkedObject): string {
  const only = onlyPartOf(schema);
  return only === undefined ? nameOf(textBy(schema, identityOf)) : identityOf(only);
}

/** @param schemas each of them contains all others. */
function identifyCycle(schemas: readonly LinkedObject[]): void {
  for (const [schema, name] of namesOfCycle(schemas)) identities.set(schema, `^${name}`);
  for (const schema of schemas) {
    const text = textBy(schema, identityOf);
    // A schema that is equal to one of the cycle may also lead to it from outside.
    if (!nameOfText.has(text)) nameOfText.set(text, identityOf(schema));
  }
}

/** Returns the schema that is all that a schema combines; undefined if it has other rules. */
function onlyPartOf({ allOf = [], anyOf = [], oneOf = [], ...others }: LinkedObject): Linked | undefined {
  const parts = [...allOf, ...anyOf, ...oneOf];
  return parts.length === 1 && Object.keys(others).length === 0 ? parts[0] : undefined;
}

/**
 * Returns names for schemas that contain each other. They differ by what they contain at a depth of one, two and so on, until a further
 * one finds no more differences.
 */
function namesOfCycle(schemas: readonly LinkedObject[]): ReadonlyMap<LinkedObject, string> {
  let names = new Map(schemas.map((schema) => [schema, '']));
  for (let count = 0, next = 1; next > count;) {
    count = next;
    const before = names;
    const label = (child: LinkedObject) => before.get(child) ?? identityOf(child);
    names = new Map(schemas.map((schema) => [schema, nameOf(`^${textBy(schema, label)}`)]));
    next = new Set(names.values()).size;
  }
  const all = [...new Set(names.values())].sort().join();
  return new Map([...names].map(([schema, name]) => [schema, nameOf(`^${name} of ${all}`)]));
}

/** Returns the schemas that a schema contains at once. */
const childrenOf = (schema: LinkedObject): LinkedObject[] =>
  Object.entries(schema).flatMap(([name, value]) => {
    if (VALUES.has(name)) return [];
    return (MAPS.has(name) ? Object.values(value as object) : [value].flat()).filter(isObject);
  });

/** Returns the text of a schema in which labels stand for those that it contains. */
function textBy(schema: LinkedObject, label: (child: LinkedObject) => string): string {
  const part = (one: unknown): string => {
    if (Array.isArray(one)) return `[${one.map(part).join()}]`;
    return isObject(one) ? `#${label(one)}` : JSON.stringify(one);
  };
  const keywords = Object.entries(schema).sort(([one], [other]) => (one < other ? -1 : 1));
  return keywords.map(([name, value]) => `${name}:${ofKeyword(name, value, part)}`).join();
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
