/** Proves what schemas require of the properties of objects. */
import { namesOf, narrowed, otherRules, patternsOf, propertyRules } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { mayHaveName } from '../names.ts';
import { namedRules } from '../valid.ts';
import { unlessImpossible } from './impossible.ts';
import { deeper, failure, fieldFailure, inner } from './position.ts';
import type { Position, Prover, Unproved } from './prover.ts';

/** Returns what is not proved of `properties`, `patternProperties` and `additionalProperties`. */
export function unprovedOfProperties(prover: Prover, one: Case, schema: LinkedObject, at: Position): Unproved[] {
  const names = [...new Set([...namesOf(one), ...Object.keys(schema.properties ?? {})])];
  return [
    ...names.flatMap((name) => unprovedOfName(prover, one, schema, name, at)),
    ...unprovedOfPatterns(prover, one, schema, at),
    ...unprovedOfOthers(prover, one, schema, names, at),
  ];
}

function unprovedOfName(prover: Prover, one: Case, schema: LinkedObject, name: string, at: Position): Unproved[] {
  const { properties = {}, additionalProperties = true } = schema;
  const named = namedRules(schema, name);
  const wanted = named.length === 0 ? [additionalProperties] : named;
  const rules = propertyRules(one, name);
  const hasOwn = Object.hasOwn(properties, name);
  const next = deeper(at, hasOwn ? ['properties', name] : [], name);
  const missingOf = (rule: Linked): readonly Unproved[] => {
    if (rule !== false || hasOwn) return prover.schemas(rules, rule, next);
    return rules.includes(false) ? [] : [fieldFailure(at, 'additionalProperties', name)];
  };
  return wanted.filter((rule) => rule !== true).flatMap((rule) => unlessImpossible(prover, rules, at, missingOf(rule)));
}

/** Of names that match a pattern. */
function unprovedOfPatterns(prover: Prover, one: Case, schema: LinkedObject, at: Position): Unproved[] {
  return Object.entries(schema.patternProperties ?? {}).flatMap(([pattern, rule]) => {
    if (rule === true || !mayHaveName(one, [pattern])) return [];
    const rules = otherRules(one, pattern);
    const missing = prover.schemas(rules, rule, deeper(at, ['patternProperties', pattern], '*'));
    return unlessImpossible(prover, rules, at, missing);
  });
}

/** Of names that the schema does not describe. */
function unprovedOfOthers(
  prover: Prover,
  one: Case,
  { patternProperties = {}, additionalProperties = true }: LinkedObject,
  names: readonly string[],
  at: Position,
): readonly Unproved[] {
  const patterns = Object.keys(patternProperties);
  if (additionalProperties === true) return [];
  const unproved = (rules: readonly Linked[]) => {
    const missing =
      additionalProperties === false
        ? [failure(at, 'additionalProperties')]
        : prover.schemas(rules, additionalProperties, deeper(at, ['additionalProperties'], '*'));
    return unlessImpossible(prover, rules, at, missing);
  };
  // Such a name matches a pattern of the case, or none of them.
  const own = patternsOf(one);
  const matching = own.filter((pattern) => mayHaveName(one, [pattern], patterns, names));
  const without = [...patterns, ...own];
  return [
    ...matching.flatMap((pattern) => unproved(otherRules(one, pattern, patterns))),
    ...(mayHaveName(one, [], without, names) ? unproved(otherRules(one, undefined, without)) : []),
  ];
}

export function unprovedOfDependencies(
  prover: Prover,
  one: Case,
  { dependencies = {} }: LinkedObject,
  at: Position,
): Unproved[] {
  return Object.entries(dependencies).flatMap(([name, rule]): Unproved[] => {
    if (prover.areImpossible(propertyRules(one, name), at.depth + 1)) return [];
    const needed: Linked = Array.isArray(rule) ? { required: rule as readonly string[] } : (rule as Linked);
    const found = narrowed(one, { required: [name] }).flatMap((each) => prover.case(each, needed, at));
    return found.length === 0 ? [] : [failure(inner(at, 'dependencies', name), 'dependencies')];
  });
}
