/** Proves single keywords of the reader's schema. */
import { itemCounts, typesOf, typesOfKeyword } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { LinkedObject } from '../linked.ts';
import { rulesOf } from '../texts.ts';
import { refuses, unprovedOfAlternatives, unprovedOfCondition } from './combinations.ts';
import { areUnique, haveItem, unprovedOfItems } from './lists.ts';
import { isOneOfConstants } from './constants.ts';
import { haveNames } from './object-names.ts';
import { unprovedOfDependencies, unprovedOfProperties } from './objects.ts';
import { failure, fieldFailure, inner } from './position.ts';
import { greatestProperties, isNeeded, leastProperties } from './property-counts.ts';
import type { Position, Prover, Unproved } from './prover.ts';
import { areMultiples, areWithin, haveLength, isTextOf } from './scalars.ts';

/** Returns what is not proved of one keyword. Keywords that count together are proved with the first one of them. */
export function unprovedOfKeyword(
  prover: Prover,
  one: Case,
  schema: LinkedObject,
  keyword: keyof LinkedObject,
  at: Position,
): Unproved[] {
  const types = typesOf(one);
  const fail = (isProved: boolean): Unproved[] => (isProved ? [] : [failure(at, keyword)]);
  const isFirst = keyword === Object.keys(schema)[0];
  switch (keyword) {
    case 'type': {
      const allowed = typesOfKeyword(schema.type ?? []);
      return fail([...types].every((type) => allowed.has(type)));
    }
    case 'const':
    case 'enum':
      return fail(isOneOfConstants(prover, one, schema, at));
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return fail(areWithin(one, schema));
    case 'multipleOf':
      return fail(areMultiples(one, schema.multipleOf ?? 1));
    case 'minLength':
    case 'maxLength':
      return fail(!types.has('string') || haveLength(one, schema));
    case 'pattern':
    case 'format':
      return fail(!types.has('string') || isTextOf(one, rulesOf(schema)));
    case 'minItems':
      return fail(!types.has('array') || itemCounts(one).min >= (schema.minItems ?? 0));
    case 'maxItems':
      return fail(!types.has('array') || itemCounts(one).max <= (schema.maxItems ?? Infinity));
    case 'uniqueItems':
      return fail(!types.has('array') || schema.uniqueItems !== true || areUnique(prover, one, at));
    case 'items':
    case 'additionalItems':
      return types.has('array') && isFirst ? unprovedOfItems(prover, one, schema, at) : [];
    case 'contains':
      return fail(!types.has('array') || haveItem(prover, one, schema.contains ?? true, at));
    case 'required': {
      if (!types.has('object')) return [];
      const missing = (schema.required ?? []).filter((name) => !isNeeded(one, name));
      return missing.map((name) => fieldFailure(at, keyword, name));
    }
    case 'minProperties':
      return fail(!types.has('object') || leastProperties(one) >= (schema.minProperties ?? 0));
    case 'maxProperties':
      return fail(!types.has('object') || greatestProperties(one) <= (schema.maxProperties ?? Infinity));
    case 'properties':
    case 'patternProperties':
    case 'additionalProperties':
      return types.has('object') && isFirst ? unprovedOfProperties(prover, one, schema, at) : [];
    case 'propertyNames':
      return fail(!types.has('object') || haveNames(prover, one, schema.propertyNames ?? true, at));
    case 'dependencies':
      return types.has('object') ? unprovedOfDependencies(prover, one, schema, at) : [];
    case 'allOf':
      return (schema.allOf ?? []).flatMap((part, index) => prover.case(one, part, inner(at, 'allOf', String(index))));
    case 'anyOf':
    case 'oneOf':
      return unprovedOfAlternatives(prover, one, schema[keyword] ?? [], at, keyword);
    case 'not':
      return fail(refuses(prover, one, schema.not ?? false, at));
    case 'if':
      return unprovedOfCondition(prover, one, schema, at);
    case 'then':
    case 'else':
    case 'unevaluatedProperties':
      return [];
  }
}
