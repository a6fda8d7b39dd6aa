/** Finds texts that expressions accept or refuse. */
import { expressionOf } from './expression.ts';
import type { Automaton, Expression } from './expression.ts';

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
export function findText(wanted: Wanted): Found {
  const { minLength, maxLength } = wanted;
  if (minLength > maxLength) return { kind: 'none' };
  const key = JSON.stringify([wanted.all, wanted.none ?? [], minLength, String(maxLength)]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size > 5_000) cache.clear();
  const found = search(wanted);
  cache.set(key, found);
  return found;
}

interface Step {
  /** What each rule's machine has reached. */
  readonly reached: readonly Reached[];
  readonly text: string | undefined;
  readonly before: Step | undefined;
}

function search({ all, none = [], minLength, maxLength }: Wanted): Found {
  if (all.length === 0 && none.length === 0) return { kind: 'found', text: 'a'.repeat(Math.min(minLength, 100_000)) };
  const rules = [...all, ...none];
  const machines: Machine[] = [];
  for (const { source, flags } of rules) {
    const expression = expressionOf(source, flags);
    if (expression === undefined) return UNKNOWN;
    machines.push(new Machine(expression));
  }
  // A text that an inexact one of `none` accepts may be refused by the rule itself.
  const mayMiss = machines.slice(all.length).some(({ isExact }) => !isExact);
  const expressions = rules.map(({ source, flags }) => new RegExp(source, flags));
  const isWanted = (text: string) =>
    expressions.every((expression, index) => expression.test(text) === index < all.length);
  const characters = charactersOf(machines);
  let layer: Step[] = [{ reached: machines.map(({ first }) => first), text: undefined, before: undefined }];
  const seen = new Set<string>();
  let [visits, misses] = [0, 0];
  for (let length = 0; length <= maxLength && layer.length > 0; length += 1) {
    if (length >= minLength) {
      for (const step of layer) {
        const fits = machines.every((machine, index) => machine.accepts(step.reached[index] ?? [], length === 0) === index < all.length); // prettier-ignore
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
          const reached = machines.map((machine, index) => machine.after(step.reached[index] ?? [], character));
          // One that must accept the text cannot do so any more.
          if (machines.some((machine, index) => index < all.length && machine.isLost(reached[index] ?? []))) continue;
          const key = reached.map((sets) => sets.map((set) => set.join()).join('/')).join(';');
          if (next.has(key) || (isFree && seen.has(key))) continue;
          if (isFree) seen.add(key);
          next.set(key, { reached, text: String.fromCodePoint(character), before: step });
          visits += 1;
          if (visits > MAX_VISITS) return UNKNOWN;
        }
      }
      layer = [...next.values()];
    }
  }
  return mayMiss || misses > 0 ? UNKNOWN : { kind: 'none' };
}

function textOf(last: Step): string {
  const characters: string[] = [];
  for (let step: Step | undefined = last; step?.text !== undefined; step = step.before) characters.push(step.text);
  return characters.reverse().join('');
}

/** The states that each automaton of an expression is in. */
type Reached = readonly (readonly number[])[];

/** Follows an expression, character by character. */
class Machine {
  readonly isExact: boolean;
  readonly first: Reached;
  readonly all: readonly Walker[];
  readonly none: readonly Walker[];

  constructor({ all, none, isExact }: Expression) {
    this.isExact = isExact;
    this.all = all.map((automaton) => new Walker(automaton));
    this.none = none.map((automaton) => new Walker(automaton));
    this.first = this.walkers.map(({ first }) => first);
  }

  get walkers(): readonly Walker[] {
    return [...this.all, ...this.none];
  }

  after(reached: Reached, character: number): Reached {
    return this.walkers.map((walker, index) => walker.after(reached[index] ?? [], character));
  }

  accepts(reached: Reached, isAtStart: boolean): boolean {
    return this.walkers.every((walker, index) => walker.accepts(reached[index] ?? [], isAtStart) === index < this.all.length); // prettier-ignore
  }

  /** Whether it accepts no text any more, whatever comes. */
  isLost(reached: Reached): boolean {
    return this.all.some((_walker, index) => reached[index]?.length === 0);
  }
}

/** Follows an automaton. */
class Walker {
  readonly automaton: Automaton;
  readonly first: readonly number[];
  readonly #next = new Map<string, readonly number[]>();
  readonly #accepting = new Map<string, boolean>();

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    this.first = this.#reached([automaton.start], true, false);
  }

  after(set: readonly number[], character: number): readonly number[] {
    const key = `${String(character)}:${set.join()}`;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const targets = set.flatMap(
      (state) =>
      (this.automaton.states[state]?.next ?? []).filter(({ characters }) => characters.has(character)).map(({ to }) => to), // prettier-ignore
    );
    const reached = this.#reached(targets, false, false);
    this.#next.set(key, reached);
    return reached;
  }

  accepts(set: readonly number[], isAtStart: boolean): boolean {
    const key = `${String(isAtStart)}:${set.join()}`;
    let known = this.#accepting.get(key);
    if (known === undefined) {
      known = this.#reached(set, isAtStart, true).includes(this.automaton.end);
      this.#accepting.set(key, known);
    }
    return known;
  }

  #reached(from: readonly number[], isAtStart: boolean, isAtEnd: boolean): readonly number[] {
    const reached = new Set(from);
    for (const index of reached) {
      const state = this.automaton.states[index];
      if (state === undefined) continue;
      for (const to of state.free) reached.add(to);
      if (isAtStart) for (const to of state.atStart) reached.add(to);
      if (isAtEnd) for (const to of state.atEnd) reached.add(to);
    }
    // Once it has matched, the rest of the text does not count.
    if (reached.has(this.automaton.end)) return [this.automaton.end];
    return [...reached].sort((one, other) => one - other);
  }
}

/** Characters that look natural in a witness. */
const NATURAL = 'aAb1 0zZ_-.é'.split('').map((character) => character.codePointAt(0) ?? 0);

/** Returns one character of each kind that the expressions distinguish. */
function charactersOf(machines: readonly Machine[]): number[] {
  const states = machines.flatMap(({ walkers }) => walkers.flatMap(({ automaton }) => automaton.states));
  const sets = states.flatMap(({ next }) => next.map(({ characters }) => characters));
  const distinct = [...new Map(sets.map((characters) => [characters.toString(), characters])).values()];
  const starts = new Set([0, ...distinct.flatMap(({ ranges }) => ranges.flatMap(({ min, max }) => [min, max + 1]))]);
  const kinds = new Map<string, number>();
  for (const character of [...NATURAL, ...starts]) {
    if (character > 0x10_ff_ff || (character >= 0xd8_00 && character <= 0xdf_ff)) continue;
    const kind = distinct.map((characters) => (characters.has(character) ? '1' : '0')).join('');
    if (!kinds.has(kind)) kinds.set(kind, character);
  }
  return [...kinds.values()];
}
