/** Proves `propertyNames`. */
import { namesOf, otherRules, propertyRules } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked } from '../linked.ts';
import { isValid } from '../valid.ts';
import { deeper } from './position.ts';
import type { Position, Prover } from './prover.ts';

/** Whether the rule of `propertyNames` accepts all names of properties. */
export function haveNames(prover: Prover, one: Case, rule: Linked, at: Position): boolean {
  const next = deeper(at, ['propertyNames'], '*');
  const areAccepted = (names: readonly Linked[]) => prover.schemas(names, rule, next).length === 0;
  const own = one.atoms.flatMap(({ propertyNames }) => (propertyNames === undefined ? [] : [propertyNames]));
  if (own.length > 0 && areAccepted([{ type: 'string' }, ...own])) return true;
  for (const name of namesOf(one)) {
    const rules = propertyRules(one, name);
    if (!isValid(rule, name) && !prover.areImpossible(rules, at.depth + 1)) return false;
  }
  if (prover.areImpossible(otherRules(one, undefined), at.depth + 1)) return true;
  // The names of other properties may match patterns only, all of which the rule accepts.
  return one.atoms.some(
    ({ patternProperties, additionalProperties }) =>
      patternProperties !== undefined &&
      additionalProperties === false &&
      Object.keys(patternProperties).every((pattern) => areAccepted([{ type: 'string', pattern }])),
  );
}
