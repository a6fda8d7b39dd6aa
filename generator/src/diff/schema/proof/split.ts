/** Splits cases by what distinguishes alternatives. */
import { casesOfAll, narrowed, propertyRules, requiredOf, typesOf, valuesOf, withoutProperty } from '../cases.ts';
import type { Case } from '../cases.ts';
import { boundsOf } from '../numbers.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { textsOf } from '../texts.ts';

/** Rules that were tried on alternatives: at most so many values of one field. */
const MAX_BRANCHES = 48;

/** Returns the types of a case as schemas name them. */
export function namesOfTypes(one: Case): string[] {
  const names = [...typesOf(one)].map((type) => (type === 'fraction' || type === 'integer' ? 'number' : type));
  return [...new Set(names)];
}

/** Splits a case by what distinguishes the alternatives; undefined if nothing is found. */
export const splitBy = (one: Case, parts: readonly Linked[]): readonly Case[] | undefined =>
  rulesBy(one, parts)?.flatMap((rule) => narrowed(one, rule));

/** Returns rules that each value of the case keeps one of. */
function rulesBy(one: Case, parts: readonly Linked[]): readonly Linked[] | undefined {
  const names = namesOfTypes(one);
  if (names.length > 1) return names.map((type) => ({ type }));
  const flat = parts.flatMap((part) => flattened(part));
  const [type] = names;
  if (type === 'object') return byField(one, flat);
  if (type === 'number') return byLimit(one, flat);
  return type === 'string' ? byLength(one, flat) : undefined;
}

function byLimit(one: Case, parts: readonly LinkedObject[]): readonly Linked[] | undefined {
  const limits = parts.flatMap((part) => [part.minimum, part.maximum, part.exclusiveMinimum, part.exclusiveMaximum]);
  const { min, max } = boundsOf(one);
  const limit = limits.find((each) => each !== undefined && each > min && each < max);
  if (limit === undefined) return undefined;
  return [{ exclusiveMaximum: limit }, { minimum: limit, maximum: limit }, { exclusiveMinimum: limit }];
}

function byLength(one: Case, parts: readonly LinkedObject[]): readonly Linked[] | undefined {
  const { minLength: min, maxLength: max } = textsOf(one);
  const most = parts.flatMap(({ minLength = 0, maxLength = Infinity }) => [minLength - 1, maxLength]);
  const length = most.find((each) => each >= min && each < max);
  return length === undefined ? undefined : [{ maxLength: length }, { minLength: length + 1 }];
}

/** Returns a schema and those that it combines. */
function flattened(schema: Linked, depth = 0): LinkedObject[] {
  if (typeof schema === 'boolean' || depth > 4) return [];
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const parts = [...allOf, ...anyOf, ...oneOf, ...(not === undefined ? [] : [not])];
  return [schema, ...parts.flatMap((part) => flattened(part, depth + 1))];
}

function byField(one: Case, parts: readonly LinkedObject[]): readonly Linked[] | undefined {
  const required = requiredOf(one);
  const names = new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)));
  for (const name of names) {
    const cases = casesOfAll(propertyRules(one, name));
    const values = cases.map((each) => valuesOf(each));
    if (values.some((list) => list === undefined)) continue;
    const all = values.flatMap((list) => list ?? []);
    if (all.length === 0 || all.length > MAX_BRANCHES || (all.length === 1 && required.has(name))) continue;
    if (all.some((value) => typeof value === 'object' && value !== null)) continue;
    const present = all.map((value) => ({ required: [name], properties: { [name]: { const: value } } }));
    return required.has(name) ? present : [...present, withoutProperty(name)];
  }
  for (const name of new Set(parts.flatMap((part) => part.required ?? []))) {
    if (required.has(name) || propertyRules(one, name).includes(false)) continue;
    return [{ required: [name] }, withoutProperty(name)];
  }
  for (const name of names) {
    const cases = casesOfAll(propertyRules(one, name));
    const types = new Set(cases.flatMap(namesOfTypes));
    if (types.size < 2 || types.size > 6) continue;
    return [...types].map((type) => ({ properties: { [name]: { type } } }));
  }
  for (const name of names) {
    const [only, ...others] = casesOfAll(propertyRules(one, name));
    if (only === undefined || others.length > 0 || namesOfTypes(only)[0] === 'object') continue;
    const rules = rulesBy(
      only,
      parts.flatMap(({ properties = {} }) => properties[name] ?? []),
    );
    if (rules !== undefined) return rules.map((rule) => ({ properties: { [name]: rule } }));
  }
  return undefined;
}
