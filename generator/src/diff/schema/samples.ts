/**
 * Makes values that a schema accepts: first those at the limits of that schema and of another one, then random ones. Libraries such as
 * json-schema-faker know one schema only, and many of their values are invalid where schemas combine.
 */
import {
  boundsOf,
  casesOfAll,
  integersOf,
  isOfCase,
  itemCounts,
  itemRules,
  namesOf,
  positionsOf,
  propertyRules,
  requiredOf,
  typesOf,
  valuesOf,
} from './cases.ts';
import type { Case } from './cases.ts';
import { flattened } from './hints.ts';
import { identityOf } from './linked.ts';
import type { Linked, LinkedObject } from './linked.ts';
import { otherNames } from './names.ts';
import { pick } from './random.ts';
import type { Random } from './random.ts';
import { findText } from './strings.ts';
import { rulesOf, textsOf, valueRulesOf } from './texts.ts';
import { isValid, namedRules } from './valid.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export interface SampleOptions {
  readonly random: Random;
  /** How many values are made at most. */
  readonly count: number;
  /** Where most variants are made: the names of fields, `0` for items. */
  readonly focus?: readonly string[];
}

interface Context {
  readonly random: Random;
  readonly effort: Effort;
  readonly depth: number;
  readonly count: number;
  readonly focus: readonly string[];
}

/** What is made once for one search, and what the search may still try. */
interface Effort {
  readonly made: Map<string, readonly unknown[]>;
  candidates: number;
}

/** How many values are tried for one that is wanted, and for the first one of each schema besides. */
const MAX_CANDIDATES = 40;

/** So many more are tried for values that are needed; then the search ends. */
const MAX_OVERDRAFT = 20_000;

/** Values deeper than this have only what they must have. */
const MAX_DEPTH = 7;
const INNER_COUNT = 14;
const FOCUSED_COUNT = 120;
const MAX_CASES = 32;
/** The most fields that an object gets only to have enough of them. */
const MAX_SPARES = 500;

/** Returns values that all of the schemas accept. @param hints schemas whose limits are tried. */
export function samplesOf(schemas: readonly Linked[], hints: readonly Linked[], options: SampleOptions): unknown[] {
  const { random, count, focus = [] } = options;
  const effort = { made: new Map<string, unknown[]>(), candidates: count * MAX_CANDIDATES };
  return [...valuesFor(schemas, hints.flatMap(flattened), { random, count, focus, depth: 0, effort })];
}

/** Returns one value; undefined if none is found. */
function baseOf(schemas: readonly Linked[], context: Context): { readonly value: unknown } | undefined {
  const [value, ...others] = valuesFor(schemas, [], { ...context, count: 1, focus: [], depth: context.depth + 2 });
  return value === undefined && others.length === 0 ? undefined : { value };
}

function valuesFor(schemas: readonly Linked[], hints: readonly LinkedObject[], context: Context): readonly unknown[] {
  const { effort, count, focus } = context;
  if (context.depth > MAX_DEPTH * 2 || effort.candidates < -MAX_OVERDRAFT) return [];
  const isSpent = effort.candidates <= 0;
  const key = `${keyOf(schemas)}<${keyOf(hints)} ${String(context.depth)} ${String(isSpent ? 1 : count)} ${focus.join('/')}`;
  let values = effort.made.get(key);
  if (values === undefined) {
    values = madeFor(schemas, isSpent ? [] : hints, isSpent ? { ...context, count: 1 } : context);
    effort.made.set(key, values);
  }
  return values;
}

function madeFor(schemas: readonly Linked[], hints: readonly LinkedObject[], context: Context): unknown[] {
  const all = casesOfAll(schemas);
  const cases = all.length > MAX_CASES ? shuffled(all, context.random).slice(0, MAX_CASES) : all;
  const count = Math.max(context.count === 1 ? 1 : 3, Math.ceil(context.count / Math.max(1, cases.length)));
  const made: (readonly unknown[])[] = [];
  for (const one of cases) {
    const values = valuesOfCase(one, schemas, hints, { ...context, count });
    made.push(values);
    if (context.count === 1 && values.length > 0) return values;
  }
  if (context.count > 1 && context.depth <= MAX_DEPTH) {
    const inner = { ...context, count: 3, focus: [], depth: context.depth + 3 };
    for (const also of combinationsOf(hints)) made.push(valuesFor([...schemas, ...also], [], inner));
  }
  // Where only some of them are taken, there are some of each case.
  const found = new Map<string, unknown>();
  const longest = Math.max(0, ...made.map(({ length }) => length));
  for (let index = 0; index < longest; index += 1)
    for (const list of made) if (index < list.length) found.set(JSON.stringify(list[index]), list[index]);
  return [...found.values()];
}

function valuesOfCase(
  one: Case,
  schemas: readonly Linked[],
  hints: readonly LinkedObject[],
  context: Context,
): unknown[] {
  const found = new Map<string, unknown>();
  // The limits of what refuses a value are limits of the value too.
  const limits = distinct([...hints, ...one.nots.flatMap(flattened)]);
  for (const value of candidates(one, limits, context)) {
    context.effort.candidates -= 1;
    if (schemas.every((schema) => isValid(schema, value))) found.set(JSON.stringify(value), value);
    if (found.size >= context.count || (context.effort.candidates < 0 && found.size > 0)) break;
  }
  return [...found.values()];
}

/** The most combinations of one schema that values are made for. */
const MAX_COMBINATIONS = 24;

/** Returns what hints combine: values that a rule refuses, or that are of several alternatives, are made on purpose. */
function combinationsOf(hints: readonly LinkedObject[]): Linked[][] {
  const combinations: Linked[][] = [];
  for (const { not, anyOf = [], oneOf = [], if: condition, then = true, else: otherwise = true } of hints) {
    if (not !== undefined) combinations.push([not], [{ not }]);
    for (const part of [...anyOf, ...oneOf]) combinations.push([part]);
    for (const [index, part] of oneOf.entries())
      for (const other of oneOf.slice(index + 1)) combinations.push([part, other]);
    if (condition === undefined) continue;
    combinations.push([condition, { not: then }], [{ not: condition }, { not: otherwise }], [condition]);
  }
  return combinations.slice(0, MAX_COMBINATIONS);
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item);
}

function* candidates(one: Case, hints: readonly LinkedObject[], context: Context): Generator {
  const values = valuesOf(one);
  if (values !== undefined) {
    // The first ones of each kind first: of many values, only some are taken.
    const kinds = Map.groupBy(values, (value) => hints.map((hint) => String(isValid(hint, value))).join());
    yield* [...kinds.values()].flatMap(([value]) => [value]);
    yield* values;
    return;
  }
  const types = typesOf(one);
  for (const value of constantsIn(hints)) if (isOfCase(one, value)) yield value;
  const makers: Generator[] = [];
  if (types.has('object')) makers.push(objects(one, hints, context));
  if (types.has('array')) makers.push(lists(one, hints, context));
  if (types.has('string')) makers.push(texts(one, hints));
  if (types.has('integer') || types.has('fraction')) makers.push(numbers(one, hints, context));
  if (types.has('boolean')) makers.push(toGenerator([true, false]));
  if (types.has('null')) makers.push(toGenerator([null]));
  yield* alternating(makers);
}

function* toGenerator(values: readonly unknown[]): Generator {
  yield* values;
}

function* alternating(makers: readonly Generator[]): Generator {
  let open = makers;
  while (open.length > 0) {
    const next: Generator[] = [];
    for (const maker of open) {
      const { done, value } = maker.next() as { done?: boolean; value: unknown };
      if (done === true) continue;
      yield value;
      next.push(maker);
    }
    open = next;
  }
}

function constantsIn(hints: readonly LinkedObject[]): unknown[] {
  return hints.flatMap((hint) => ['const' in hint ? [hint.const] : [], hint.enum ?? []].flat());
}

function* numbers(one: Case, hints: readonly LinkedObject[], { random }: Context): Generator {
  const { min, max } = boundsOf(one);
  const { least, greatest } = integersOf(one);
  const finite = (value: number) => Number.isFinite(value);
  const start = [0, 1].find((value) => value >= min && value <= max) ?? (finite(least) ? least : finite(greatest) ? greatest : 0); // prettier-ignore
  yield start;
  const limits = [...one.atoms, ...hints].flatMap((rule) =>
    [rule.minimum, rule.maximum, rule.exclusiveMinimum, rule.exclusiveMaximum].filter((limit) => limit !== undefined),
  );
  const multiples = [...one.atoms, ...hints].flatMap(({ multipleOf }) =>
    multipleOf === undefined ? [] : [multipleOf],
  );
  for (const limit of [...limits, ...multiples, ...multiples.map((value) => -value), 0, 1, -1]) {
    yield limit;
    yield limit + 1;
    yield limit - 1;
    yield Math.floor(limit) + 0.5;
    yield Math.ceil(limit) - 0.5;
    for (const multiple of multiples) {
      yield Math.ceil(limit / multiple) * multiple;
      yield (Math.floor(limit / multiple) + 1) * multiple;
      yield (Math.ceil(limit / multiple) - 1) * multiple;
    }
    yield limit + 1e-9;
    yield limit - 1e-9;
  }
  yield* [2, 3, 10, 0.1, -0.1, 1.5, 1e10, -1e10, 1e15, -1e15];
  const [low, high] = [Math.max(min, -1e6), Math.min(max, 1e6)];
  for (let tries = 0; tries < 20 && low < high; tries += 1) {
    const value = low + random() * (high - low);
    yield Math.round(value);
    yield value;
    for (const multiple of multiples) yield Math.round(value / multiple) * multiple;
  }
}

const SOME_TEXTS = ['a', '', 'A', '0', ' ', 'é', '😀', 'text', '1.5', 'true', 'null', '2024-02-29T12:00:00Z', '2024-02-29', 'a@example.com', '123e4567-e89b-42d3-a456-426614174000', 'https://example.com/a', '127.0.0.1', '::1', 'P1D', '12:00:00Z']; // prettier-ignore
const MAX_TEXT = 20_000;
const MAX_SAME_TEXT = 300;

function* texts(one: Case, hints: readonly LinkedObject[]): Generator {
  const wanted = textsOf(one);
  const { minLength, maxLength } = wanted;
  const rules = hints.flatMap((hint) => [...rulesOf(hint), ...valueRulesOf(hint)]);
  const lengths = hints.flatMap((hint) => [hint.minLength, hint.maxLength].filter((length) => length !== undefined));
  const limited = (min: number, max: number) => {
    const text = findText({ ...wanted, minLength: Math.max(minLength, min), maxLength: Math.min(maxLength, max) });
    return text.kind === 'found' && text.text.length <= MAX_TEXT ? [text.text] : [];
  };
  yield* limited(1, Infinity);
  yield* limited(0, Infinity);
  for (const rule of rules) {
    const refused = findText({ ...wanted, none: [...(wanted.none ?? []), rule] });
    if (refused.kind === 'found') yield refused.text;
    const accepted = findText({ ...wanted, all: [...wanted.all, rule] });
    if (accepted.kind === 'found') yield accepted.text;
    const other = findText({ ...wanted, none: [...(wanted.none ?? []), rule], minLength: Math.max(minLength, 2) });
    if (other.kind === 'found') yield other.text;
  }
  // One that no alternative accepts.
  const other = rules.length < 2 ? undefined : findText({ ...wanted, none: [...(wanted.none ?? []), ...rules] });
  if (other?.kind === 'found') yield other.text;
  const limits = new Set([minLength, maxLength]);
  const isSame = lengths.every((length) => limits.has(length));
  for (const length of new Set([...limits, ...lengths])) {
    // Long texts take long to make. They matter where the limits differ.
    if (!Number.isFinite(length) || (isSame && length > MAX_SAME_TEXT)) continue;
    for (const each of [length, length + 1, length - 1]) {
      yield* limited(each, each);
      if (each > 0 && each <= 1_000) yield '😀'.repeat(each);
      if (each > 0 && each <= MAX_TEXT) yield 'a'.repeat(each);
    }
  }
  yield* SOME_TEXTS;
}

function* lists(one: Case, hints: readonly LinkedObject[], context: Context): Generator {
  const { min, max } = itemCounts(one);
  const [, ...focus] = context.focus;
  const inner: Context = {
    ...context,
    depth: context.depth + 1,
    count: context.focus.length > 0 ? FOCUSED_COUNT : INNER_COUNT,
    focus,
  };
  const positions = positionsOf(one);
  const rulesAt = (index: number) => itemRules(one, index < positions ? index : Infinity);
  const containing = one.atoms.flatMap(({ contains }) => (contains === undefined ? [] : [contains]));
  const hintsAt = (index: number) => {
    const found = hints.flatMap(({ items, additionalItems, contains }) => {
      const list = Array.isArray(items) ? (items as readonly Linked[]) : undefined;
      const own = list === undefined ? (items as Linked | undefined) : (list[index] ?? additionalItems);
      return [own, contains].flatMap((rule) => (rule === undefined ? [] : flattened(rule)));
    });
    return distinct(found);
  };
  const pools: unknown[][] = [];
  const poolAt = (index: number): unknown[] => {
    const position = Math.min(index, positions);
    if (pools[position] === undefined) {
      const rules = rulesAt(position);
      const special = containing.flatMap((rule) => valuesFor([...rules, rule], [], { ...inner, count: 3 }));
      pools[position] = [...special, ...valuesFor(rules, hintsAt(position), inner)];
    }
    return pools[position];
  };
  const isUnique = one.atoms.some(({ uniqueItems }) => uniqueItems === true);
  const listOf = (length: number, choose: (pool: readonly unknown[], index: number) => unknown): unknown[] => {
    const list: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      const pool = poolAt(index);
      if (pool.length === 0) break;
      list.push(isUnique ? (pool[index] ?? (index > 200 ? index : pool[0])) : choose(pool, index));
    }
    return list;
  };
  const first = (pool: readonly unknown[]) => pool[0];
  const isDeep = context.depth > MAX_DEPTH;
  yield listOf(min, first);
  if (context.count === 1 && context.depth > 0 && min > 0) yield listOf(min, (pool) => pool.at(-1));
  if (isDeep) return;
  const counts = hints.flatMap(({ minItems, maxItems, items }) =>
    [minItems, maxItems, Array.isArray(items) ? items.length : undefined].filter((count) => count !== undefined),
  );
  for (const count of new Set([1, 2, min, max, positions, ...counts].flatMap((each) => [each, each + 1, each - 1]))) {
    if (count < min || count > max || count < 0 || count > 2_000) continue;
    yield listOf(count, first);
    yield listOf(count, (pool, index) => pool[index % pool.length]);
  }
  const length = Math.max(min, 1);
  for (let position = 0; position <= Math.max(positions, 0) && position < max; position += 1) {
    const base = listOf(Math.max(length, position + 1), first);
    for (const item of poolAt(position)) {
      yield base.map((own, index) => (index === position ? item : own));
      if (position === positions) yield [...base, item];
      if (!isUnique) yield base.map(() => item);
    }
  }
  for (let tries = 0; tries < 12; tries += 1) {
    const count = min + Math.floor(context.random() * Math.min(4, max - min + 1));
    yield listOf(count, (pool) => pick(pool, context.random));
  }
}

function* objects(one: Case, hints: readonly LinkedObject[], context: Context): Generator {
  const required = requiredOf(one);
  const own = [...namesOf(one)].filter((name) => !propertyRules(one, name).includes(false));
  const hinted = hints.flatMap(({ properties = {}, required: others = [], dependencies = {} }) => [...Object.keys(properties), ...others, ...Object.keys(dependencies), ...Object.values(dependencies).filter((rule): rule is readonly string[] => Array.isArray(rule)).flat()]); // prettier-ignore
  const extra = [...new Set([...hinted, ...otherNames(one, hints, hinted)])].filter(
    (name) => !own.includes(name) && !propertyRules(one, name).includes(false),
  );
  const needed: Record<string, unknown> = {};
  for (const name of required) {
    const value = baseOf(propertyRules(one, name), context);
    if (value !== undefined) set(needed, name, value.value);
  }
  const spares = (count: number) =>
    Array.from({ length: Math.min(count, MAX_SPARES) }, (_none, index) => `key${String(index)}`)
      .filter((name) => !propertyRules(one, name).includes(false)); // prettier-ignore
  // Some rules ask for more fields than those that are required.
  const least = Math.max(0, ...one.atoms.map(({ minProperties = 0 }) => minProperties));
  const fillers = [...own, ...extra, ...spares(least)];
  const filled = (from: JsonObject, without?: string): JsonObject => {
    const value = { ...from };
    for (const name of fillers) {
      if (Object.keys(value).length >= least) break;
      const item = name === without || name in value ? undefined : baseOf(propertyRules(one, name), context);
      if (item !== undefined) set(value, name, item.value);
    }
    return value;
  };
  const base = filled(needed);
  yield base;
  if (least > required.size) for (const name of fillers.slice(0, least)) yield filled(needed, name);
  if (context.depth > MAX_DEPTH) return;
  const [focused, ...focus] = context.focus;
  const optional = own.filter((name) => !required.has(name));
  const pools = new Map<string, readonly unknown[]>();
  const poolOf = (name: string): readonly unknown[] => {
    let pool = pools.get(name);
    if (pool === undefined) {
      const isFocused = name === focused || (focused === '*' && !own.includes(name));
      const count = isFocused ? FOCUSED_COUNT : Math.max(2, Math.min(INNER_COUNT, Math.ceil(context.count / 3)));
      pool = valuesFor(propertyRules(one, name), hintsOf(hints, name), {
        ...context,
        depth: context.depth + 1,
        count,
        focus: isFocused ? focus : [],
      });
      pools.set(name, pool);
    }
    return pool;
  };
  const withAll = (names: readonly string[], from: JsonObject = base): Record<string, unknown> => {
    const value = { ...from };
    for (const name of names) {
      const [item] = poolOf(name);
      if (poolOf(name).length > 0) set(value, name, item);
    }
    return value;
  };
  const names = [...own, ...extra];
  const ordered = focused === undefined ? names : [focused, ...names.filter((name) => name !== focused)].filter((name) => names.includes(name)); // prettier-ignore
  const full = withAll(optional);
  if (context.count > 1) {
    yield full;
    for (const name of optional) yield withAll([name]);
    for (const name of Object.keys(full)) if (!required.has(name)) yield omitted(full, name);
    for (const name of extra) yield withAll([name]);
  }
  // One field at a time: the first variants of all of them before the last ones of any.
  const longest = Math.max(0, ...ordered.map((name) => poolOf(name).length));
  for (let index = 0; index < longest; index += 1) {
    for (const name of ordered) {
      if (index >= poolOf(name).length) continue;
      yield withValue(base, name, poolOf(name)[index]);
      if (optional.length > 1) yield withValue(full, name, poolOf(name)[index]);
    }
  }
  const most = hints.flatMap(({ minProperties, maxProperties }) => [minProperties, maxProperties].filter((count) => count !== undefined)); // prettier-ignore
  for (const count of most.flatMap((each) => [each - 1, each, each + 1])) {
    if (count < 0 || count > MAX_SPARES) continue;
    const spare = [...optional, ...extra, ...spares(count)].filter((name) => !(name in base));
    yield withAll(spare.slice(0, Math.max(0, count - Object.keys(base).length)));
  }
  for (let tries = 0; tries < Math.min(150, context.count); tries += 1) {
    const value: Record<string, unknown> = {};
    for (const name of names) {
      if (!required.has(name) && context.random() < 0.5) continue;
      const pool = poolOf(name);
      if (pool.length > 0) set(value, name, pick(pool, context.random));
    }
    yield filled(value);
  }
}

function hintsOf(hints: readonly LinkedObject[], name: string): LinkedObject[] {
  const found = hints.flatMap((hint) => {
    const rules = namedRules(hint, name);
    const others = rules.length > 0 ? rules : [hint.additionalProperties, hint.unevaluatedProperties];
    return others.flatMap((rule) => (rule === undefined ? [] : flattened(rule)));
  });
  return distinct(found);
}

/** Alternatives that contain the same schema have the same hints: without it they multiply at each level. */
const distinct = (hints: readonly LinkedObject[]): LinkedObject[] => [...new Set(hints)];

const omitted = (value: JsonObject, name: string): JsonObject => {
  const { [name]: _omitted, ...rest } = value;
  return rest;
};

const withValue = (value: JsonObject, name: string, item: unknown): JsonObject => {
  const copy = { ...value };
  set(copy, name, item);
  return copy;
};

/** A field of any name, also of one that objects inherit. */
function set(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

const keyOf = (schemas: readonly Linked[]) => schemas.map(identityOf).join();
