/** Finds cases that no value is of. */
import { itemCounts, itemRules, positionsOf, propertyRules, requiredOf, typesOf, typesOfKeyword } from '../cases.ts';
import type { Case, ValueType } from '../cases.ts';
import { boundsOf, integersOf } from '../numbers.ts';
import type { Linked } from '../linked.ts';
import { findText } from '../strings.ts';
import { textsOf } from '../texts.ts';
import { greatestProperties, leastProperties } from './property-counts.ts';
import type { Position, Prover, Unproved } from './prover.ts';

/** Whether the case has no value of a type. */
export function lacksType(prover: Prover, one: Case, type: ValueType, depth: number): boolean {
  switch (type) {
    case 'integer': {
      const { least, greatest } = integersOf(one);
      return least > greatest;
    }
    case 'fraction': {
      const { min, max, isMinExclusive, isMaxExclusive } = boundsOf(one);
      return min > max || (min === max && (isMinExclusive || isMaxExclusive || Number.isInteger(min)));
    }
    case 'string':
      return findText(textsOf(one)).kind === 'none';
    case 'array':
      return lacksLists(prover, one, depth);
    case 'object':
      if (leastProperties(one) > greatestProperties(one)) return true;
      return [...requiredOf(one)].some((name) => prover.areImpossible(propertyRules(one, name), depth + 1));
    case 'boolean':
    case 'null':
      return false;
  }
}

function lacksLists(prover: Prover, one: Case, depth: number): boolean {
  const { min, max } = itemCounts(one);
  if (min > max) return true;
  const positions = positionsOf(one);
  for (let index = 0; index < min && index <= positions; index += 1) {
    if (prover.areImpossible(itemRules(one, index < positions ? index : Infinity), depth + 1)) return true;
  }
  return one.atoms.some(({ contains }) => contains !== undefined && !mayHaveItem(prover, one, contains, depth));
}

/** Whether an item of a list may be what `contains` asks for, as far as that is known. */
function mayHaveItem(prover: Prover, one: Case, contains: Linked, depth: number): boolean {
  const { max } = itemCounts(one);
  const positions = positionsOf(one);
  for (let index = 0; index <= positions && index < max; index += 1) {
    const rules = itemRules(one, index < positions ? index : Infinity);
    if (!prover.areImpossible([...rules, contains], depth + 1)) return true;
  }
  return false;
}

/** Whether it is worth trying to prove that a schema accepts the case: most alternatives are of other types or constants. */
export function mayBeAccepted(one: Case, schema: Linked): boolean {
  if (typeof schema === 'boolean') return schema;
  if (schema.type === undefined) return true;
  const allowed = typesOfKeyword(schema.type);
  return [...typesOf(one)].every((type) => allowed.has(type));
}

/** Returns what is not proved of a field or item, except if no value can have one: then nothing is missing. */
export function unlessImpossible(
  prover: Prover,
  rules: readonly Linked[],
  at: Position,
  missing: readonly Unproved[],
): readonly Unproved[] {
  return missing.length > 0 && prover.areImpossible(rules, at.depth + 1) ? [] : missing;
}
