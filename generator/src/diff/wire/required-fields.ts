/**
 * Describes the fields that a schema only names: a field of `required` or `dependencies` needs no schema of its own, and a writer may send
 * it like those of `properties`.
 */
import type { Schema } from '../../document.ts';
import { hasProperties } from '../../schemas.ts';

type Node = Schema | boolean;
type Keywords = Readonly<Record<string, unknown>>;

const MAPS = ['properties', 'patternProperties'];
const WHOLES = ['items', 'additionalItems', 'additionalProperties'];
const LISTS = ['allOf', 'anyOf', 'oneOf'];
const CHOICES = ['then', 'else'];

export function withRequiredFields(root: Schema): Schema {
  const known = new Map<object, Map<boolean, Keywords>>();

  /** @param isClosed whether the value has only the fields that its schema names, with all its parts. */
  function described(node: unknown, isClosed: boolean): unknown {
    if (typeof node !== 'object' || node === null) return node;
    const found = known.get(node)?.get(isClosed);
    if (found !== undefined) return found;
    const schema = node as Keywords;
    const copy: Record<string, unknown> = { ...schema };
    known.set(node, (known.get(node) ?? new Map<boolean, Keywords>()).set(isClosed, copy));
    for (const name of MAPS.filter((keyword) => keyword in schema)) {
      const entries = Object.entries(schema[name] as Keywords).map(([field, one]) => [field, whole(one)]);
      copy[name] = Object.fromEntries(entries);
    }
    for (const name of WHOLES.filter((keyword) => keyword in schema))
      copy[name] = Array.isArray(schema[name]) ? schema[name].map(whole) : whole(schema[name]);
    for (const name of LISTS.filter((keyword) => Array.isArray(schema[keyword])))
      copy[name] = (schema[name] as unknown[]).map((part) => described(part, isClosed));
    for (const name of CHOICES.filter((keyword) => keyword in schema)) copy[name] = described(schema[name], isClosed);
    const missing = namesIn(schema).filter((name) => !Object.hasOwn(schema['properties'] ?? {}, name));
    // What a schema states of all other fields counts for these too.
    const hasRule = 'additionalProperties' in schema || 'unevaluatedProperties' in schema;
    if (isClosed && !hasRule && missing.length > 0)
      copy['properties'] = {
        ...Object.fromEntries(missing.map((name) => [name, {}])),
        ...(copy['properties'] as object),
      };
    return copy;
  }

  const whole = (node: unknown): unknown => described(node, hasProperties(node as Node));
  return whole(root) as Schema;
}

function namesIn({ required, dependencies }: Keywords): string[] {
  const needs = Object.entries((dependencies ?? {}) as Keywords).flatMap(([name, rule]) => [name, ...textsIn(rule)]);
  return [...textsIn(required), ...needs];
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
