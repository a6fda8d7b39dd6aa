/**
 * Makes values that a schema accepts: first those at the limits of that schema and of another one, then random ones. Libraries such as
 * json-schema-faker know one schema only, and many of their values are invalid where schemas combine.
 */
import { isObject } from '../../../json-object.ts';
import { casesOfAll } from '../cases.ts';
import type { Case } from '../cases.ts';
import { identityOfAll } from '../identity.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { shuffled } from '../random.ts';
import type { Random } from '../random.ts';
import { isValid } from '../valid.ts';
import { candidates } from './candidates.ts';
import { combinationsOf, distinct, flattened } from './hints.ts';
import { MAX_DEPTH } from './maker.ts';
import type { Context, Maker } from './maker.ts';

export interface SampleOptions {
  readonly random: Random;
  /** How many values are made at most. */
  readonly count: number;
  /** Where most variants are made: the names of fields, `0` for items. */
  readonly focus?: readonly string[];
  /** What searches that belong together may still try. */
  readonly budget?: Budget;
  /** Cases that are taken first, by the identity of their schemas. */
  readonly firstCases?: ReadonlyMap<string, readonly Case[]>;
}

export interface Budget {
  candidates: number;
}

/** How many values are tried for one that is wanted, and for the first one of each schema besides. */
const MAX_CANDIDATES = 40;

/** So many more are tried for values that are needed; then the search ends. */
const MAX_OVERDRAFT = 5_000;

/** Most combinations of alternatives have no values, or easy ones. */
const PATIENCE = 60;

const MAX_CASES = 32;
const MAX_FOCUSED_CASES = 12;

/** Returns values that all of the schemas accept. @param hints schemas whose limits are tried. */
export function samplesOf(schemas: readonly Linked[], hints: readonly Linked[], options: SampleOptions): unknown[] {
  const { random, count, focus = [], firstCases = new Map(), budget = { candidates: Infinity } } = options;
  const most = Math.min(count * MAX_CANDIDATES, budget.candidates);
  if (most <= 0) return [];
  const search = new Search(random, most, firstCases);
  const values = search.valuesFor(schemas, hints.flatMap(flattened), { count, focus, depth: 0 });
  budget.candidates -= most - search.candidates;
  return [...values];
}

/** The recursion of one search, with the bound on what it tries and the values that it made. */
class Search implements Maker {
  readonly random: Random;
  readonly #firstCases: ReadonlyMap<string, readonly Case[]>;
  readonly #made = new Map<string, readonly unknown[]>();
  /** How many values it may still try. */
  candidates: number;

  constructor(random: Random, candidateCount: number, firstCases: ReadonlyMap<string, readonly Case[]>) {
    this.random = random;
    this.#firstCases = firstCases;
    this.candidates = candidateCount;
  }

  valuesFor(schemas: readonly Linked[], hints: readonly LinkedObject[], context: Context): readonly unknown[] {
    const { depth, count, focus } = context;
    if (depth > MAX_DEPTH * 2 || this.candidates < -MAX_OVERDRAFT) return [];
    const isSpent = this.candidates <= 0;
    const key = `${identityOfAll(schemas)}<${identityOfAll(hints)} ${String(depth)} ${String(isSpent ? 1 : count)} ${focus.join('/')}`;
    let values = this.#made.get(key);
    if (values === undefined) {
      values = this.#newValuesFor(schemas, isSpent ? [] : hints, isSpent ? { ...context, count: 1 } : context);
      this.#made.set(key, values);
    }
    return values;
  }

  #newValuesFor(schemas: readonly Linked[], hints: readonly LinkedObject[], context: Context): unknown[] {
    const all = casesOfAll(schemas);
    // A field is tried in fewer cases, with more values.
    const isFocused = context.focus.length > 0;
    const most = isFocused ? MAX_FOCUSED_CASES : MAX_CASES;
    const known = this.#firstCases.get(identityOfAll(schemas)) ?? [];
    const first = (isFocused || all.length > most ? known : []).slice(0, most);
    const others = (all.length > most ? shuffled(all, this.random) : all).filter((one) => !first.includes(one));
    const share = (count: number, of: number) =>
      Math.max(context.count === 1 ? 1 : 3, Math.ceil(count / Math.max(1, of)));
    const cases = [...first, ...others].slice(0, most);
    const { patience = Infinity } = context;
    const start = this.candidates;
    const made: (readonly unknown[])[] = [];
    for (const [index, one] of cases.entries()) {
      const isBest = isFocused && index < first.length;
      const count = isBest ? share(context.count / 2, first.length) : share(context.count, cases.length);
      const values = this.#valuesOfCase(one, schemas, hints, { ...context, count });
      if (context.count === 1 && values.length > 0) return values;
      made.push(values);
      if (start - this.candidates >= patience && made.every((list) => list.length === 0)) break;
    }
    const combined = context.count > 1 && context.depth <= MAX_DEPTH ? this.#combined(schemas, hints, context) : [];
    if (!isFocused) return alternated([...made, ...combined]);
    const best = alternated([alternated(made.slice(0, first.length)), alternated(combined)]);
    return [...best, ...alternated(made.slice(first.length))];
  }

  /** Returns values of several alternatives, and what else is made on purpose. */
  #combined(schemas: readonly Linked[], hints: readonly LinkedObject[], { depth }: Context): (readonly unknown[])[] {
    const inner = { count: 3, focus: [], depth: depth + 3, patience: PATIENCE };
    const reserve = Math.max(0, this.candidates / 2);
    return combinationsOf(hints).map((also) =>
      this.candidates > reserve ? this.valuesFor([...schemas, ...also], [], inner) : [],
    );
  }

  #valuesOfCase(one: Case, schemas: readonly Linked[], hints: readonly LinkedObject[], context: Context): unknown[] {
    const found = new Map<string, unknown>();
    // What was made for the focus is worth nothing without the values around it.
    let needed = context.focus.length > 0 ? context.count : 0;
    // The limits of what refuses a value are limits of the value too.
    const limits = distinct([...hints, ...one.nots.flatMap(flattened)]);
    for (const value of candidates(this, one, limits, context)) {
      this.candidates -= effortOf(value);
      if (schemas.every((schema) => isValid(schema, value))) found.set(JSON.stringify(value), value);
      needed -= 1;
      if (found.size >= context.count || (this.candidates < 0 && needed <= 0 && found.size > 0)) break;
    }
    return [...found.values()];
  }
}

/** A long list, or an object with many fields, takes as long as many small ones. */
function effortOf(value: unknown): number {
  if (Array.isArray(value)) return 1 + Math.floor(value.length / 500);
  return 1 + (isObject(value) ? Math.floor(Object.keys(value).length / 100) : 0);
}

/** Returns the distinct values of lists, the first ones of all lists first: where only some are taken, there are some of each list. */
function alternated(lists: readonly (readonly unknown[])[]): unknown[] {
  const found = new Map<string, unknown>();
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  for (let index = 0; index < longest; index += 1)
    for (const list of lists) if (index < list.length) found.set(JSON.stringify(list[index]), list[index]);
  return [...found.values()];
}
