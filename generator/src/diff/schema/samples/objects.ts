/** Makes objects: the smallest one, then with other fields and with each value of one field, then random ones. */
import { propertyRules } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { LinkedObject } from '../linked.ts';
import { pick } from '../random.ts';
import { fieldPools, oneValueFor, setField, withField, withoutField } from './fields.ts';
import type { Fields } from './fields.ts';
import { MAX_DEPTH } from './maker.ts';
import type { Context, Maker } from './maker.ts';
import { fieldNamesOf, MAX_SPARES, spareNames } from './object-names.ts';
import type { FieldNames } from './object-names.ts';

/** What objects of one case are made of. */
interface Blueprint extends FieldNames {
  /** Those of the case that are not required. */
  readonly optional: readonly string[];
  /** The smallest object. */
  readonly base: Fields;
  readonly poolOf: (name: string) => readonly unknown[];
  /** Returns an object that has more fields if it needs them. */
  readonly filled: (from: Fields) => Fields;
}

export function* objects(maker: Maker, one: Case, hints: readonly LinkedObject[], context: Context): Generator {
  const names = fieldNamesOf(one, hints);
  const { required, own, extra } = names;
  const needed: Record<string, unknown> = {};
  for (const name of required) {
    const found = oneValueFor(maker, propertyRules(one, name), context);
    if (found !== undefined) setField(needed, name, found.value);
  }
  // Some rules ask for more fields than those that are required.
  const least = Math.max(0, ...one.atoms.map(({ minProperties = 0 }) => minProperties));
  const fillers = [...own, ...extra, ...spareNames(one, least)];
  const filled = (from: Fields, without?: string): Fields => {
    const fields = { ...from };
    for (const name of fillers) {
      if (Object.keys(fields).length >= least) break;
      const isLeftOut = name === without || name in fields;
      const found = isLeftOut ? undefined : oneValueFor(maker, propertyRules(one, name), context);
      if (found !== undefined) setField(fields, name, found.value);
    }
    return fields;
  };
  const base = filled(needed);
  yield base;
  if (least > required.size) for (const name of fillers.slice(0, least)) yield filled(needed, name);
  if (context.depth > MAX_DEPTH) return;
  const optional = own.filter((name) => !required.has(name));
  const blueprint = { ...names, optional, base, poolOf: fieldPools(maker, one, hints, context, own), filled };
  const full = withAll(blueprint, optional);
  yield* withFocused(blueprint, context);
  yield* ofSizes(blueprint, one, hints);
  if (context.count > 1) yield* withAndWithout(blueprint, full);
  yield* withEachValue(blueprint, full, context);
  yield* atRandom(blueprint, maker, context);
}

/** Returns the smallest object with further fields. */
function withAll({ base, poolOf }: Blueprint, names: readonly string[]): Fields {
  const fields = { ...base };
  for (const name of names) {
    const pool = poolOf(name);
    if (pool.length > 0) setField(fields, name, pool[0]);
  }
  return fields;
}

/** The field that the search is about. */
function* withFocused({ own, extra, base, poolOf }: Blueprint, { focus: [field] }: Context): Generator {
  const name = field === '*' ? extra[0] : field;
  if (name === undefined || ![...own, ...extra].includes(name)) return;
  for (const value of poolOf(name)) yield withField(base, name, value);
}

function* withAndWithout(blueprint: Blueprint, full: Fields): Generator {
  yield full;
  for (const name of blueprint.optional) yield withAll(blueprint, [name]);
  for (const name of Object.keys(full)) if (!blueprint.required.has(name)) yield withoutField(full, name);
  for (const name of blueprint.extra) yield withAll(blueprint, [name]);
}

/** One field at a time: the first variants of all of them before the last ones of any. */
function* withEachValue({ own, extra, optional, base, poolOf }: Blueprint, full: Fields, context: Context): Generator {
  const names = [...own, ...extra];
  const first = names.filter((name) => name === context.focus[0]);
  const ordered = [...first, ...names.filter((name) => !first.includes(name))];
  const longest = Math.max(0, ...ordered.map((name) => poolOf(name).length));
  for (let index = 0; index < longest; index += 1) {
    for (const name of ordered) {
      const pool = poolOf(name);
      if (index >= pool.length) continue;
      yield withField(base, name, pool[index]);
      if (optional.length > 1) yield withField(full, name, pool[index]);
    }
  }
}

/** Makes objects of as many fields as limits name, of one less and of one more. */
function* ofSizes(blueprint: Blueprint, one: Case, hints: readonly LinkedObject[]): Generator {
  const { optional, extra, base } = blueprint;
  const limits = hints.flatMap(({ minProperties, maxProperties }) =>
    [minProperties, maxProperties].filter((count) => count !== undefined),
  );
  for (const count of limits.flatMap((each) => [each - 1, each, each + 1])) {
    if (count < 0 || count > MAX_SPARES) continue;
    const spare = [...optional, ...extra, ...spareNames(one, count)].filter((name) => !(name in base));
    yield withAll(blueprint, spare.slice(0, Math.max(0, count - Object.keys(base).length)));
  }
}

function* atRandom({ own, extra, required, poolOf, filled }: Blueprint, maker: Maker, context: Context): Generator {
  for (let tries = 0; tries < Math.min(150, context.count); tries += 1) {
    const fields: Record<string, unknown> = {};
    for (const name of [...own, ...extra]) {
      if (!required.has(name) && maker.random() < 0.5) continue;
      const pool = poolOf(name);
      if (pool.length > 0) setField(fields, name, pick(pool, maker.random));
    }
    yield filled(fields);
  }
}
