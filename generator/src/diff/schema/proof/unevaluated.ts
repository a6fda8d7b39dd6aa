/** Proves `unevaluatedProperties`: other fields than those that the schema describes are refused. */
import { namesOf, otherRules, propertyRules, requiredOf, typesOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { mayHaveName } from '../names.ts';
import { namedRules } from '../valid.ts';
import { isProved, refuses } from './combinations.ts';
import { deeper, failure, fieldFailure } from './position.ts';
import type { Position, Prover, Unproved } from './prover.ts';

/** Returns what is not proved of a schema with `unevaluatedProperties`, its other keywords included. */
export function unprovedOfClosed(prover: Prover, one: Case, schema: LinkedObject, at: Position): Unproved[] {
  const { unevaluatedProperties: rest = true, ...others } = schema;
  const found = prover.case(one, others, at);
  if (rest === true || !typesOf(one).has('object')) return found;
  const described = describedBy(prover, one, others, at);
  if (described === undefined) return found;
  const isPossible = (rules: readonly Linked[]) => !prover.areImpossible(rules, at.depth + 1);
  for (const name of namesOf(one)) {
    if (described.some((part) => namedRules(part, name).length > 0)) continue;
    const rules = propertyRules(one, name);
    if (rest !== false) found.push(...prover.schemas(rules, rest, deeper(at, ['unevaluatedProperties'], name)));
    else if (isPossible(rules)) found.push(fieldFailure(at, 'unevaluatedProperties', name));
  }
  const patterns = described.flatMap(({ patternProperties }) => Object.keys(patternProperties ?? {}));
  const names = [...namesOf(one), ...described.flatMap(({ properties }) => Object.keys(properties ?? {}))];
  if (mayHaveName(one, [], patterns, names) && isPossible(otherRules(one, undefined, patterns)))
    found.push(failure(at, 'unevaluatedProperties'));
  return found;
}

/** Returns the schemas that describe fields of every value of the case; undefined if one of them describes all fields. */
function describedBy(prover: Prover, one: Case, schema: Linked, at: Position): LinkedObject[] | undefined {
  if (typeof schema === 'boolean') return [];
  if (schema.additionalProperties !== undefined || schema.unevaluatedProperties !== undefined) return undefined;
  const described: LinkedObject[] = [schema];
  for (const part of partsThatHold(prover, one, schema, at)) {
    const found = describedBy(prover, one, part, at);
    if (found === undefined) return undefined;
    described.push(...found);
  }
  return described;
}

/** Returns those of the schemas that a schema combines that accept every value of the case. */
function partsThatHold(prover: Prover, one: Case, schema: LinkedObject, at: Position): Linked[] {
  const { allOf = [], anyOf = [], oneOf = [], if: condition, then = true, else: otherwise = true } = schema;
  const parts = [...allOf, ...[...anyOf, ...oneOf].filter((part) => isProved(prover, one, part, at))];
  if (condition !== undefined) {
    if (isProved(prover, one, condition, at)) parts.push(condition, then);
    else if (refuses(prover, one, condition, at)) parts.push(otherwise);
  }
  for (const [name, rule] of Object.entries(schema.dependencies ?? {}))
    if (!Array.isArray(rule) && requiredOf(one).has(name)) parts.push(rule as Linked);
  return parts;
}
