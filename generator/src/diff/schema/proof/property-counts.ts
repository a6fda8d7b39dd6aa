/** Counts the properties that objects have. */
import { namesOf, otherRules, propertyRules, requiredOf } from '../cases.ts';
import type { Case } from '../cases.ts';

export function leastProperties(one: Case): number {
  return Math.max(requiredOf(one).size, ...one.atoms.map(({ minProperties = 0 }) => minProperties));
}

/** Whether each object of the case has a property: it is required, or without it there would be too few. */
export function isNeeded(one: Case, name: string): boolean {
  if (requiredOf(one).has(name)) return true;
  if (!otherRules(one, undefined).includes(false)) return false;
  return possibleNames(one).filter((other) => other !== name).length < leastProperties(one);
}

const possibleNames = (one: Case) => [...namesOf(one)].filter((name) => !propertyRules(one, name).includes(false));

export function greatestProperties(one: Case): number {
  const limit = Math.min(...one.atoms.map(({ maxProperties = Infinity }) => maxProperties));
  const isClosed = otherRules(one, undefined).includes(false);
  return isClosed ? Math.min(limit, possibleNames(one).length) : limit;
}
