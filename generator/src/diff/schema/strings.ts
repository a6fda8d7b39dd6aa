/** Finds texts that expressions accept or refuse. */
import { automatonOf } from './expression.ts';
import { Walker } from './walker.ts';

/** A rule for texts: a pattern, or the expression of a format. */
export interface TextRule {
  readonly source: string;
  readonly flags: string;
}

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
/** Sets of states that are visited before the answer is "unknown". */
const MAX_VISITS = 60_000;
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
  readonly reached: readonly (readonly number[])[];
  readonly last: number | undefined;
  readonly before: Step | undefined;
}

function search({ all, none, minLength, maxLength }: Required<Wanted>): Found {
  if (all.length === 0 && none.length === 0) return { kind: 'found', text: 'a'.repeat(Math.min(minLength, 100_000)) };
  const rules = [...all, ...none];
  const walkers: Walker[] = [];
  for (const { source, flags } of rules) {
    const automaton = automatonOf(source, flags);
    if (automaton === undefined) return UNKNOWN;
    walkers.push(new Walker(automaton));
  }
  // Two texts that get to the same states may end differently if the last character counts.
  const countsLast = walkers.some(({ automaton }) =>
    automaton.states.some(({ lookbehinds }) => lookbehinds.length > 0),
  );
  // A text that an inexact one of `none` accepts may be refused by the rule itself.
  const mayMiss = walkers.slice(all.length).some(({ automaton }) => !automaton.isExact);
  const expressions = rules.map(({ source, flags }) => new RegExp(source, flags));
  const isWanted = (text: string) =>
    expressions.every((expression, index) => expression.test(text) === index < all.length);
  const characters = charactersOf(walkers);
  let layer: Step[] = [{ reached: walkers.map(({ first }) => first), last: undefined, before: undefined }];
  const seen = new Set<string>();
  let [visits, misses] = [0, 0];
  for (let length = 0; length <= maxLength && layer.length > 0; length += 1) {
    if (length >= minLength) {
      for (const step of layer) {
        const fits = walkers.every((walker, index) => walker.accepts(step.reached[index] ?? [], step.last) === index < all.length); // prettier-ignore
        if (!fits) continue;
        const text = textOf(step);
        if (isWanted(text)) return { kind: 'found', text };
        misses += 1;
      }
    }
    // From here on, no state is worth a second visit: a longer text that gets there has a shorter one that gets as far.
    const isFree = length >= minLength && maxLength === Infinity;
    if (length < maxLength) {
      const next = new Map<string, Step>();
      for (const step of layer) {
        for (const character of characters) {
          const reached = walkers.map((walker, index) => walker.after(step.reached[index] ?? [], character));
          // One that must accept the text cannot do so any more.
          if (reached.some((states, index) => index < all.length && states.length === 0)) continue;
          const key = `${reached.map((states) => states.join()).join(';')}${countsLast ? `|${String(character)}` : ''}`;
          if (next.has(key) || (isFree && seen.has(key))) continue;
          if (isFree) seen.add(key);
          next.set(key, { reached, last: character, before: step });
          visits += 1;
          if (visits > MAX_VISITS || walkers.some(({ isTooLarge }) => isTooLarge)) return UNKNOWN;
        }
      }
      layer = [...next.values()];
    }
  }
  return mayMiss || misses > 0 ? UNKNOWN : { kind: 'none' };
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
