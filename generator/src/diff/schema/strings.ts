/** Finds texts that expressions accept or refuse. */
import { automatonOf } from './expression.ts';
import { matches } from './matching.ts';
import type { TextRule } from './matching.ts';
import { Walker } from './walker.ts';
import type { Reached } from './walker.ts';

export interface Wanted {
  /** All of them must accept the text. */
  readonly all: readonly TextRule[];
  /** None of them may accept it. */
  readonly none?: readonly TextRule[];
  /** In code points. */
  readonly minLength: number;
  readonly maxLength: number;
}

export type Found =
  | { readonly kind: 'found'; readonly text: string }
  /** There is no such text. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' };

const UNKNOWN: Found = { kind: 'unknown' };
/** Sets of states that are visited before the answer is "unknown". A large set counts for several. */
const MAX_VISITS = 60_000;
const LARGE = 16;
/** A text that must be longer than this is searched by its length first. */
const LONG = 16;
const cache = new Map<string, Found>();

/** Finds the shortest text that is wanted. */
export function findText({ minLength, maxLength, ...rules }: Wanted): Found {
  const [all, none] = [distinct(rules.all), distinct(rules.none ?? [])];
  if (minLength > maxLength || all.some((rule) => none.some((other) => isSame(rule, other)))) return { kind: 'none' };
  const wanted = { all, none, minLength, maxLength };
  const key = JSON.stringify([all, none, minLength, String(maxLength)]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size > 5_000) cache.clear();
  const found = search(wanted);
  cache.set(key, found);
  return found;
}

const isSame = (one: TextRule, other: TextRule): boolean => one.source === other.source && one.flags === other.flags;

const distinct = (rules: readonly TextRule[]): TextRule[] =>
  rules.filter((rule, index) => rules.findIndex((other) => isSame(rule, other)) === index);

interface Step {
  /** What the walker of each rule has reached. */
  readonly reached: readonly Reached[];
  readonly last: number | undefined;
  readonly before: Step | undefined;
  readonly length: number;
}

function search(wanted: Required<Wanted>): Found {
  const { all, none, minLength, maxLength } = wanted;
  if (all.length === 0 && none.length === 0) return { kind: 'found', text: 'a'.repeat(Math.min(minLength, 2_000_000)) };
  const character = minLength === 1 && maxLength >= 1 ? characterOf(wanted) : undefined;
  if (character !== undefined) return { kind: 'found', text: character };
  const walkers: Walker[] = [];
  for (const { source, flags } of [...all, ...none]) {
    const automaton = automatonOf(source, flags);
    if (automaton === undefined) return UNKNOWN;
    walkers.push(new Walker(automaton));
  }
  // Long texts: one is found at once if it has any of the states that all shorter ones have.
  const long = minLength > LONG ? new Search(walkers, wanted).ofLength(minLength) : UNKNOWN;
  return long.kind === 'found' ? long : new Search(walkers, wanted).shortest(minLength, maxLength);
}

/** Returns a character that is wanted: most names of fields are found that way, without an automaton. */
function characterOf({ all, none }: Required<Wanted>): string | undefined {
  const rules = [...all, ...none];
  const isWanted = (character: string) => rules.every((rule, index) => matches(rule, character) === index < all.length);
  return ['a', 'b', 'c'].find(isWanted);
}

class Search {
  readonly #walkers: readonly Walker[];
  /** How many rules must accept the text: the first ones. */
  readonly #accepting: number;
  readonly #rules: readonly TextRule[];
  readonly #characters: readonly number[];
  /** Two texts that get to the same states may end differently if the last character counts. */
  readonly #countsLast: boolean;
  /** A text that an inexact rule accepts may be refused by the rule itself. */
  #mayMiss: boolean;
  #visits = 0;

  constructor(walkers: readonly Walker[], { all, none }: Required<Wanted>) {
    this.#walkers = walkers;
    this.#accepting = all.length;
    this.#rules = [...all, ...none];
    this.#characters = charactersOf(walkers);
    this.#countsLast = walkers.some(({ automaton }) =>
      automaton.states.some(({ lookbehinds }) => lookbehinds.length > 0),
    );
    this.#mayMiss = walkers.slice(all.length).some(({ automaton }) => !automaton.isExact);
  }

  /** Breadth first. */
  shortest(minLength: number, maxLength: number): Found {
    let layer: readonly Step[] = [this.#start()];
    const seen = new Set<string>();
    for (let length = 0; length <= maxLength && layer.length > 0; length += 1) {
      for (const step of length >= minLength ? layer : []) {
        const text = this.#textOf(step);
        if (text !== undefined) return { kind: 'found', text };
      }
      if (length === maxLength) break;
      // From here on, no state is worth a second visit: a longer text that gets there has a shorter one that gets as far.
      const isFree = length >= minLength && maxLength === Infinity;
      const known = isFree ? seen : new Set<string>();
      layer = layer.flatMap((step) => [...this.#next(step, known)]);
      if (this.#isSpent()) return UNKNOWN;
    }
    return this.#mayMiss ? UNKNOWN : { kind: 'none' };
  }

  /** Depth first. */
  ofLength(length: number): Found {
    const known = Array.from({ length: length + 1 }, () => new Set<string>());
    const open = [this.#start()];
    for (let step = open.pop(); step !== undefined && !this.#isSpent(); step = open.pop()) {
      if (step.length < length) {
        open.push(...[...this.#next(step, known[step.length + 1] ?? new Set())].reverse());
        continue;
      }
      const text = this.#textOf(step);
      if (text !== undefined) return { kind: 'found', text };
    }
    return UNKNOWN;
  }

  #start(): Step {
    return { reached: this.#walkers.map(({ first }) => first), last: undefined, before: undefined, length: 0 };
  }

  /** @param known the states that need no second visit. */
  *#next(step: Step, known: Set<string>): Generator<Step> {
    for (const character of this.#characters) {
      const reached = this.#walkers.map((walker, index) =>
        walker.after(step.reached[index] ?? walker.first, character),
      );
      // One that must accept the text cannot do so any more.
      if (reached.some(({ numbers }, index) => index < this.#accepting && numbers.length === 0)) continue;
      const key = `${reached.map(({ id }) => id).join()}${this.#countsLast ? `|${String(character)}` : ''}`;
      if (known.has(key)) continue;
      known.add(key);
      this.#visits += 1 + Math.floor(Math.max(...reached.map(({ numbers }) => numbers.length)) / LARGE);
      if (this.#isSpent()) return;
      yield { reached, last: character, before: step, length: step.length + 1 };
    }
  }

  #isSpent(): boolean {
    return this.#visits > MAX_VISITS || this.#walkers.some(({ isTooLarge }) => isTooLarge);
  }

  /** Returns the text of a step; undefined if it is not what is wanted. */
  #textOf(step: Step): string | undefined {
    const isWanted = (accepts: boolean, index: number) => accepts === index < this.#accepting;
    if (
      !this.#walkers.every((walker, index) =>
        isWanted(walker.accepts(step.reached[index] ?? walker.first, step.last), index),
      )
    )
      return undefined;
    const text = textOf(step);
    if (this.#rules.every((rule, index) => isWanted(matches(rule, text), index))) return text;
    this.#mayMiss = true;
    return undefined;
  }
}

function textOf(last: Step): string {
  const characters: string[] = [];
  for (let step: Step | undefined = last; step?.last !== undefined; step = step.before)
    characters.push(String.fromCodePoint(step.last));
  return characters.reverse().join('');
}

/** Characters that look natural in a witness. */
const NATURAL = 'aAb1 0zZ_-.é'.split('').map((character) => character.codePointAt(0) ?? 0);

/** Returns one character of each kind that the expressions distinguish. */
function charactersOf(walkers: readonly Walker[]): number[] {
  const states = walkers.flatMap(({ automaton }) => automaton.states);
  const sets = states.flatMap(({ next, lookbehinds }) => [...next, ...lookbehinds].map(({ characters }) => characters));
  const distinctSets = [...new Map(sets.map((characters) => [characters.toString(), characters])).values()];
  const starts = new Set([
    0,
    ...distinctSets.flatMap(({ ranges }) => ranges.flatMap(({ min, max }) => [min, max + 1])),
  ]);
  const kinds = new Map<string, number>();
  for (const character of [...NATURAL, ...starts]) {
    if (character > 0x10_ff_ff || (character >= 0xd8_00 && character <= 0xdf_ff)) continue;
    const kind = distinctSets.map((characters) => (characters.has(character) ? '1' : '0')).join('');
    if (!kinds.has(kind)) kinds.set(kind, character);
  }
  return [...kinds.values()];
}
