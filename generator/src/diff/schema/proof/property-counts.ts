/** Counts the properties that objects have. */
import { namesOf, otherRules, propertyRules, requiredOf } from '../cases.ts';
import type { Case } from '../cases.ts';

export function leastProperties(one: Case): number {
  return Math.max(requiredOf(one).size, ...one.atoms.map(({ minProperties = 0 }) => minProperties));
}

export function greatestProperties(one: Case): number {
  const limit = Math.min(...one.atoms.map(({ maxProperties = Infinity }) => maxProperties));
  const isClosed = otherRules(one, undefined).includes(false);
  const names = [...namesOf(one)].filter((name) => !propertyRules(one, name).includes(false));
  return isClosed ? Math.min(limit, names.length) : limit;
}
