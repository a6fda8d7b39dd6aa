/** Follows an automaton, character by character. */
import type { Automaton, Lookahead } from './expression.ts';

/** A state, and the lookaheads that are not decided yet. */
interface Configuration {
  readonly state: number;
  readonly pending: readonly Pending[];
}

interface Pending {
  readonly look: Lookahead;
  /** The states that its match has reached. */
  readonly reached: readonly number[];
}

const keyOf = ({ look, reached }: Pending) => `${String(look.first)}:${reached.join()}`;

const MAX_CONFIGURATIONS = 50_000;

export class Walker {
  readonly automaton: Automaton;
  /** A set of configurations, by their numbers. One without lookaheads has the number of its state. */
  readonly first: readonly number[];
  readonly #configurations: Configuration[];
  readonly #numbers = new Map<string, number>();
  readonly #next = new Map<string, readonly number[]>();
  readonly #accepting = new Map<string, boolean>();

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    this.#configurations = automaton.states.map((_state, state) => ({ state, pending: [] }));
    this.first = this.#reached([automaton.start], undefined, false);
  }

  get isTooLarge(): boolean {
    return this.#configurations.length > MAX_CONFIGURATIONS;
  }

  after(set: readonly number[], character: number): readonly number[] {
    const key = `${String(character)}:${set.join()}`;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const targets = set.flatMap((number) => {
      const { state, pending } = this.#configurationOf(number);
      const next = this.#stateOf(state).next.filter(({ characters }) => characters.has(character));
      const rest = next.length === 0 ? undefined : this.#advanced(pending, character);
      return rest === undefined ? [] : next.map(({ to }) => this.#numberOf(to, rest));
    });
    const reached = this.#reached(targets, character, false);
    this.#next.set(key, reached);
    return reached;
  }

  /** Whether the text may end here. @param last its last character; undefined if it is empty. */
  accepts(set: readonly number[], last: number | undefined): boolean {
    const key = `${String(last)}:${set.join()}`;
    let known = this.#accepting.get(key);
    if (known === undefined) {
      known = this.#reached(set, last, true).some((number) => {
        const { state, pending } = this.#configurationOf(number);
        return (
          state === this.automaton.end &&
          pending.every(({ look, reached }) => this.#reached(reached, last, true).includes(look.matched) !== look.isNegated) // prettier-ignore
        );
      });
      this.#accepting.set(key, known);
    }
    return known;
  }

  /** Returns the lookaheads that are still not decided; undefined if one of them refuses the text. */
  #advanced(pending: readonly Pending[], character: number): readonly Pending[] | undefined {
    const rest: Pending[] = [];
    for (const { look, reached } of pending) {
      const next = this.after(reached, character);
      const isMatched = next.includes(look.matched);
      const isDecided = isMatched || next.length === 0;
      if (isDecided && isMatched === look.isNegated) return undefined;
      if (!isDecided) rest.push({ look, reached: next });
    }
    return rest;
  }

  /** Returns what is reached without a further character. */
  #reached(from: readonly number[], last: number | undefined, isAtEnd: boolean): readonly number[] {
    const reached = new Set(from);
    for (const number of reached) {
      const { state, pending } = this.#configurationOf(number);
      const { free, atStart, atEnd, lookbehinds, lookaheads } = this.#stateOf(state);
      const add = (to: number, more = pending) => reached.add(this.#numberOf(to, more));
      for (const to of free) add(to);
      if (last === undefined) for (const to of atStart) add(to);
      if (isAtEnd) for (const to of atEnd) add(to);
      for (const { characters, isNegated, to } of lookbehinds)
        if ((last !== undefined && characters.has(last)) !== isNegated) add(to);
      for (const look of lookaheads) {
        const own = this.#reached([look.first], last, isAtEnd);
        const isMatched = own.includes(look.matched);
        if (!isMatched && !isAtEnd) add(look.to, [...pending, { look, reached: own }]);
        else if (isMatched !== look.isNegated) add(look.to);
      }
    }
    // Once it has matched, the rest of the text does not count.
    if (reached.has(this.automaton.end)) return [this.automaton.end];
    return [...reached].sort((one, other) => one - other);
  }

  #numberOf(state: number, pending: readonly Pending[]): number {
    if (pending.length === 0) return state;
    const distinct = [...new Map(pending.map((one) => [keyOf(one), one])).values()];
    const key = `${String(state)}/${distinct.map(keyOf).sort().join('/')}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#configurations.push({ state, pending: distinct }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  #configurationOf(number: number): Configuration {
    const configuration = this.#configurations[number];
    if (configuration === undefined) throw new Error(`there is no configuration ${String(number)}`);
    return configuration;
  }

  #stateOf(index: number): Automaton['states'][number] {
    const state = this.automaton.states[index];
    if (state === undefined) throw new Error(`there is no state ${String(index)}`);
    return state;
  }
}
