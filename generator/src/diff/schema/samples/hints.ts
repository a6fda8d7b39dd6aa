/** Returns the schemas whose limits are tried when values are made. */
import type { Linked, LinkedObject } from '../linked.ts';
import { namedRules } from '../valid.ts';

const cache = new WeakMap<object, LinkedObject[]>();

/** Returns a schema and all that it combines for the same value. */
export function flattened(schema: Linked): LinkedObject[] {
  if (typeof schema === 'boolean') return [];
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const found = new Set<LinkedObject>();
  const visit = (part: Linked | undefined): void => {
    if (typeof part !== 'object' || found.has(part)) return;
    found.add(part);
    const rules = Object.values(part.dependencies ?? {}).filter((rule) => !Array.isArray(rule)) as Linked[];
    const { allOf = [], anyOf = [], oneOf = [] } = part;
    for (const inner of [...allOf, ...anyOf, ...oneOf, part.not, part.if, part.then, part.else, ...rules]) visit(inner);
  };
  visit(schema);
  const list = [...found];
  cache.set(schema, list);
  return list;
}

/** Alternatives that contain the same schema have the same hints: without it they multiply at each level. */
export const distinct = (hints: readonly LinkedObject[]): LinkedObject[] => [...new Set(hints)];

const flattenedAll = (rules: readonly (Linked | undefined)[]): LinkedObject[] =>
  rules.flatMap((rule) => (rule === undefined ? [] : flattened(rule)));

/** Returns the hints for the item at an index. */
export function itemHints(hints: readonly LinkedObject[], index: number): LinkedObject[] {
  const found = hints.flatMap(({ items, additionalItems, contains }) => {
    const list = Array.isArray(items) ? (items as readonly Linked[]) : undefined;
    const own = list === undefined ? (items as Linked | undefined) : (list[index] ?? additionalItems);
    return flattenedAll([own, contains]);
  });
  return distinct(found);
}

/** Returns the hints for a field. */
export function fieldHints(hints: readonly LinkedObject[], name: string): LinkedObject[] {
  const found = hints.flatMap((hint) => {
    const rules = namedRules(hint, name);
    return flattenedAll(rules.length > 0 ? rules : [hint.additionalProperties, hint.unevaluatedProperties]);
  });
  return distinct(found);
}

/** The most combinations of one schema that values are made for. */
const MAX_COMBINATIONS = 24;

/** Returns what hints combine: values that a rule refuses, or that are of several alternatives, are made on purpose. */
export function combinationsOf(hints: readonly LinkedObject[]): Linked[][] {
  const combinations: Linked[][] = [];
  for (const { not, anyOf = [], oneOf = [], if: condition, then = true, else: otherwise = true } of hints) {
    if (not !== undefined) combinations.push([not], [{ not }]);
    for (const part of [...anyOf, ...oneOf]) combinations.push([part]);
    for (const [index, part] of oneOf.entries())
      for (const other of oneOf.slice(index + 1)) combinations.push([part, other]);
    if (condition === undefined) continue;
    combinations.push([condition, { not: then }], [{ not: condition }, { not: otherwise }], [condition]);
  }
  return combinations.slice(0, MAX_COMBINATIONS);
}
