/** Splits cases by what distinguishes alternatives. */
import { casesOfAll, narrowed, propertyRules, requiredOf, typesOf, valuesOf, withoutProperty } from '../cases.ts';
import type { Case } from '../cases.ts';
import { boundsOf } from '../numbers.ts';
import type { Linked, LinkedObject } from '../linked.ts';

/** Rules that were tried on alternatives: at most so many values of one field. */
const MAX_BRANCHES = 48;

/** Returns the types of a case as schemas name them. */
export function namesOfTypes(one: Case): string[] {
  const names = [...typesOf(one)].map((type) => (type === 'fraction' || type === 'integer' ? 'number' : type));
  return [...new Set(names)];
}

/** Splits a case by what distinguishes the alternatives; undefined if nothing is found. */
export function splitBy(one: Case, parts: readonly Linked[]): readonly Case[] | undefined {
  const types = typesOf(one);
  const names = namesOfTypes(one);
  if (names.length > 1) return names.flatMap((type) => narrowed(one, { type }));
  const flat = parts.flatMap((part) => flattened(part));
  if (types.has('object')) return byField(one, flat);
  if (!types.has('integer') && !types.has('fraction')) return undefined;
  const limits = flat.flatMap(({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) =>
    [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter((limit) => limit !== undefined),
  );
  const { min, max } = boundsOf(one);
  const limit = limits.find((each) => each > min && each < max);
  if (limit !== undefined) {
    return [
      ...narrowed(one, { exclusiveMaximum: limit }),
      ...narrowed(one, { minimum: limit, maximum: limit }),
      ...narrowed(one, { exclusiveMinimum: limit }),
    ];
  }
  return undefined;
}

/** Returns a schema and those that it combines. */
function flattened(schema: Linked, depth = 0): LinkedObject[] {
  if (typeof schema === 'boolean' || depth > 4) return [];
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const parts = [...allOf, ...anyOf, ...oneOf, ...(not === undefined ? [] : [not])];
  return [schema, ...parts.flatMap((part) => flattened(part, depth + 1))];
}

function byField(one: Case, parts: readonly LinkedObject[]): readonly Case[] | undefined {
  const required = requiredOf(one);
  const names = new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)));
  for (const name of names) {
    const cases = casesOfAll(propertyRules(one, name));
    const values = cases.map((each) => valuesOf(each));
    if (values.some((list) => list === undefined)) continue;
    const all = values.flatMap((list) => list ?? []);
    if (all.length === 0 || all.length > MAX_BRANCHES || (all.length === 1 && required.has(name))) continue;
    if (all.some((value) => typeof value === 'object' && value !== null)) continue;
    const present = all.flatMap((value) =>
      narrowed(one, { required: [name], properties: { [name]: { const: value } } }),
    );
    return required.has(name) ? present : [...present, ...narrowed(one, withoutProperty(name))];
  }
  for (const name of new Set(parts.flatMap((part) => part.required ?? []))) {
    if (required.has(name) || propertyRules(one, name).includes(false)) continue;
    return [...narrowed(one, { required: [name] }), ...narrowed(one, withoutProperty(name))];
  }
  for (const name of names) {
    const cases = casesOfAll(propertyRules(one, name));
    const types = new Set(cases.flatMap(namesOfTypes));
    if (types.size < 2 || types.size > 6) continue;
    return [...types].flatMap((type) => narrowed(one, { properties: { [name]: { type } } }));
  }
  return undefined;
}
