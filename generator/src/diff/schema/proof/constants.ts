/** Proves `const` and `enum`. */
import { typesOf, valuesOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { valueRulesOf } from '../texts.ts';
import type { Position, Prover } from './prover.ts';
import { isTextOf } from './scalars.ts';

/** Whether each value of the case is one of the schema's. Cases with a few values only are proved before, value by value. */
export function isOneOfConstants(prover: Prover, one: Case, schema: LinkedObject, at: Position): boolean {
  if (valuesOf(one) !== undefined) return false;
  const types = typesOf(one);
  if ([...types].every((type) => type === 'string')) return isTextOf(one, valueRulesOf(schema));
  if (types.size !== 1 || !(types.has('array') || types.has('object'))) return false;
  const constants = 'const' in schema ? [schema.const] : (schema.enum ?? []);
  return constants.some((value) => {
    const rule = partsOf(value);
    return rule !== undefined && prover.case(one, rule, at).length === 0;
  });
}

/** Returns a list or an object as a schema of its parts; undefined for any other value. */
function partsOf(value: unknown): Linked | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const rules = Object.entries(value).map(([key, item]) => [key, { const: item as unknown }] as const);
  if (Array.isArray(value)) {
    const items = rules.map(([, rule]) => rule);
    return { type: 'array', items, minItems: value.length, additionalItems: false };
  }
  return {
    type: 'object',
    properties: Object.fromEntries(rules),
    required: Object.keys(value),
    additionalProperties: false,
  };
}
