/** Makes lists: of each length at a limit, then with each value of one item, then random ones. */
import { isObject } from '../../../json-object.ts';
import { casesOfAll, itemCounts, itemRules, positionsOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import { dataText } from '../identity.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { integersOf } from '../numbers.ts';
import { pick } from '../random.ts';
import { isValid } from '../valid.ts';
import { itemHints } from './hints.ts';
import { innerOf, MAX_DEPTH } from './maker.ts';
import type { Context, Maker } from './maker.ts';

type Pool = readonly unknown[];

/** The longest list that is made because a limit names its length. */
const MAX_LENGTH = 20_000;

export function* lists(maker: Maker, one: Case, hints: readonly LinkedObject[], context: Context): Generator {
  const { min, max } = itemCounts(one);
  const positions = describedPositions(one, hints);
  const isUnique = one.atoms.some(({ uniqueItems }) => uniqueItems === true);
  const poolAt = itemPools(maker, one, hints, context);
  const spare = isUnique ? spareItems(itemRules(one), poolAt(positions)) : () => undefined;
  const listOf = (length: number, choose: (pool: Pool, index: number) => unknown): unknown[] => {
    const list: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      const pool = poolAt(index);
      if (pool.length === 0) break;
      list.push(isUnique ? (pool[index] ?? spare(index - pool.length) ?? pool[0]) : choose(pool, index));
    }
    return list;
  };
  const first = (pool: Pool) => pool[0];
  yield listOf(min, first);
  if (context.count === 1 && context.depth > 0 && min > 0) yield listOf(min, (pool) => pool.at(-1));
  if (context.depth > MAX_DEPTH) return;
  const limits = hints.flatMap(({ minItems, maxItems, items }) =>
    [minItems, maxItems, Array.isArray(items) ? items.length : undefined].filter((count) => count !== undefined),
  );
  for (const count of new Set([1, 2, min, max, positions, ...limits].flatMap((each) => [each, each + 1, each - 1]))) {
    if (count < min || count > max || count < 0 || count > MAX_LENGTH) continue;
    yield listOf(count, first);
    yield listOf(count, (pool, index) => pool[index % pool.length]);
  }
  const indexes = Array.from({ length: Math.min(positions + 1, max) }, (_none, position) => position);
  // Only some lists are taken: a search in an item has all of its values before other lists.
  const [focused] = context.focus;
  if (focused !== undefined) {
    const index = Math.min(Number(focused), positions);
    for (const item of poolAt(index)) yield listOf(Math.max(min, 1, index + 1), (pool, at) => (at === index ? item : pool[0])); // prettier-ignore
  }
  // The first values of all positions before the last ones of any.
  const longest = Math.max(0, ...indexes.map((position) => poolAt(position).length));
  for (let index = 0; index < longest; index += 1) {
    for (const position of indexes) {
      const pool = poolAt(position);
      if (index >= pool.length) continue;
      const base = listOf(Math.max(min, 1, position + 1), first);
      const item = pool[index];
      yield base.map((own, at) => (at === position ? item : own));
      if (position === positions)
        yield* [
          [...base, item],
          [item, ...base],
        ];
      if (!isUnique) yield base.map(() => item);
    }
  }
  for (let tries = 0; tries < 12; tries += 1) {
    const count = min + Math.floor(maker.random() * Math.min(4, max - min + 1));
    yield listOf(count, (pool) => pick(pool, maker.random));
  }
}

/** Returns for how many first items one of the schemas has rules of their own. */
function describedPositions(one: Case, hints: readonly LinkedObject[]): number {
  const lengths = hints.map(({ items }) => (Array.isArray(items) ? items.length : 0));
  return Math.max(positionsOf(one), Math.min(MAX_POSITIONS, Math.max(0, ...lengths)));
}

/** The most first items that are made only since the other schema has rules for each of them. */
const MAX_POSITIONS = 20;

/** The most different items that are made in order. */
const MAX_SPARES = 5_000;

/** Returns what makes further items that differ from those of a pool, as long as there are some: numbers, texts, or objects with these. */
function spareItems(rules: readonly Linked[], pool: Pool): (index: number) => unknown {
  const known = new Set(pool.map(dataText));
  const isKnown = (value: unknown) => known.has(dataText(value));
  const [one] = casesOfAll(rules);
  const { least } = one === undefined ? { least: 0 } : integersOf(one);
  const start = Number.isFinite(least) ? least : 0;
  const values = function* (): Generator {
    const objects = pool.filter(isObject).slice(0, 1);
    for (let number = 0; number < MAX_SPARES; number += 1) {
      const scalars = [start + number, `key${String(number)}`];
      const changed = objects.flatMap((object) => Object.keys(object).flatMap((name) => scalars.map((value) => ({ ...object, [name]: value })))); // prettier-ignore
      for (const value of [...scalars, ...changed])
        if (!isKnown(value) && rules.every((rule) => isValid(rule, value))) yield value;
    }
  };
  const open = values();
  const made: unknown[] = [];
  return (index) => {
    while (made.length <= index) {
      const { done, value } = open.next() as { done?: boolean; value: unknown };
      if (done === true) break;
      made.push(value);
    }
    return made[index];
  };
}

/** Returns what makes the values of the item at an index, once for each position. */
function itemPools(maker: Maker, one: Case, hints: readonly LinkedObject[], context: Context): (index: number) => Pool {
  const inner = innerOf(context, context.focus.length > 0);
  const positions = describedPositions(one, hints);
  const own = positionsOf(one);
  const containing = one.atoms.flatMap(({ contains }): Linked[] => (contains === undefined ? [] : [contains]));
  const pools = new Map<number, Pool>();
  return (index) => {
    const position = Math.min(index, positions);
    let pool = pools.get(position);
    if (pool === undefined) {
      const rules = itemRules(one, position < own ? position : Infinity);
      const special = containing.flatMap((rule) => maker.valuesFor([...rules, rule], [], { ...inner, count: 3 }));
      pool = [...special, ...maker.valuesFor(rules, itemHints(hints, position), inner)];
      pools.set(position, pool);
    }
    return pool;
  };
}
