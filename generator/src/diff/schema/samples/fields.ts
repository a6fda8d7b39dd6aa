/** Makes values for the fields of objects. */
import { propertyRules } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { fieldHints } from './hints.ts';
import { innerOf } from './maker.ts';
import type { Context, Maker } from './maker.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Returns one value; undefined if none is found. */
export function oneValueFor(
  maker: Maker,
  schemas: readonly Linked[],
  context: Context,
): { readonly value: unknown } | undefined {
  const [value, ...others] = maker.valuesFor(schemas, [], { count: 1, focus: [], depth: context.depth + 2 });
  return value === undefined && others.length === 0 ? undefined : { value };
}

/** Returns what makes the values of a field, once for each name. */
export function fieldPools(
  maker: Maker,
  one: Case,
  hints: readonly LinkedObject[],
  context: Context,
  own: readonly string[],
): (name: string) => readonly unknown[] {
  const [focused] = context.focus;
  const count = Math.max(2, Math.ceil(context.count / 3));
  const pools = new Map<string, readonly unknown[]>();
  return (name) => {
    let pool = pools.get(name);
    if (pool === undefined) {
      const isFocused = name === focused || (focused === '*' && !own.includes(name));
      const inner = innerOf(context, isFocused, count);
      pool = maker.valuesFor(propertyRules(one, name), fieldHints(hints, name), inner);
      pools.set(name, pool);
    }
    return pool;
  };
}

/** Sets a field of any name, also of one that objects inherit. */
export function setField(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

export function withField(fields: Fields, name: string, value: unknown): Fields {
  const copy = { ...fields };
  setField(copy, name, value);
  return copy;
}

export function withoutField(fields: Fields, name: string): Fields {
  const { [name]: _omitted, ...rest } = fields;
  return rest;
}
