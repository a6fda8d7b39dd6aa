/** Follows an automaton, character by character. */
import type { Automaton, Lookahead, State } from './expression.ts';

/** A set of configurations. There is one object for each set. */
export interface Reached {
  readonly id: number;
  /** The numbers of the configurations. One without lookaheads has the number of its state. */
  readonly numbers: readonly number[];
}

/** A state, and the lookaheads that are not decided yet. */
interface Configuration {
  readonly state: number;
  readonly pending: Pending;
}

/** Lookaheads that are not decided yet. There is one object for each list. */
interface Pending {
  readonly looks: readonly PendingLook[];
  /** The numbers of the configurations that have it, by their states. */
  readonly numbers: Map<number, number>;
}

interface PendingLook {
  readonly look: Lookahead;
  /** The states that its match has reached. */
  readonly reached: Reached;
}

const keyOf = ({ look, reached }: PendingLook) => `${String(look.first)}:${String(reached.id)}`;

const MAX_CONFIGURATIONS = 50_000;

export class Walker {
  readonly automaton: Automaton;
  readonly first: Reached;
  readonly #configurations: Configuration[];
  readonly #live: ReadonlySet<number>;
  readonly #nothing: Pending;
  readonly #sets = new Map<string, Reached>();
  readonly #pending = new Map<string, Pending>();
  /** What is known of each set by the next or last character. */
  readonly #next = new Map<Reached, Map<number, Reached>>();
  readonly #accepting = new Map<Reached, Map<number | undefined, boolean>>();
  readonly #advances = new Map<Pending, Map<number, Pending | undefined>>();

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    this.#nothing = { looks: [], numbers: new Map(automaton.states.map((_state, state) => [state, state])) };
    this.#configurations = automaton.states.map((_state, state) => ({ state, pending: this.#nothing }));
    this.#live = liveStates(automaton);
    this.first = this.#reached([automaton.start], undefined, false);
  }

  get isTooLarge(): boolean {
    return this.#configurations.length > MAX_CONFIGURATIONS;
  }

  after(set: Reached, character: number): Reached {
    return known(this.#next, set, character, () => {
      const targets = set.numbers.flatMap((number) => {
        const { state, pending } = this.#configurationOf(number);
        const next = this.#stateOf(state).next.filter(({ characters }) => characters.has(character));
        const rest = next.length === 0 ? undefined : this.#advanced(pending, character);
        return rest === undefined ? [] : next.map(({ to }) => this.#numberOf(to, rest));
      });
      return this.#reached(targets, character, false);
    });
  }

  /** Whether the text may end here. @param last its last character; undefined if it is empty. */
  accepts(set: Reached, last: number | undefined): boolean {
    return known(this.#accepting, set, last, () =>
      this.#reached(set.numbers, last, true).numbers.some((number) => {
        const { state, pending } = this.#configurationOf(number);
        return (
          state === this.automaton.end &&
          pending.looks.every(({ look, reached }) => {
            const { numbers } = this.#reached(reached.numbers, last, true);
            return numbers.includes(look.matched) !== look.isNegated;
          })
        );
      }),
    );
  }

  /** Returns the lookaheads that are still not decided; undefined if one of them refuses the text. */
  #advanced(pending: Pending, character: number): Pending | undefined {
    if (pending === this.#nothing) return pending;
    return known(this.#advances, pending, character, () => {
      const rest: PendingLook[] = [];
      for (const { look, reached } of pending.looks) {
        const next = this.after(reached, character);
        const isMatched = next.numbers.includes(look.matched);
        const isDecided = isMatched || next.numbers.length === 0;
        if (isDecided && isMatched === look.isNegated) return undefined;
        if (!isDecided) rest.push({ look, reached: next });
      }
      return this.#pendingOf(rest);
    });
  }

  /** Returns what is reached without a further character. */
  #reached(from: readonly number[], last: number | undefined, isAtEnd: boolean): Reached {
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
        const isMatched = own.numbers.includes(look.matched);
        if (!isMatched && !isAtEnd) add(look.to, this.#pendingOf([...pending.looks, { look, reached: own }]));
        else if (isMatched !== look.isNegated) add(look.to);
      }
    }
    // Once it has matched, the rest of the text does not count.
    if (reached.has(this.automaton.end)) return this.#setOf([this.automaton.end]);
    const isLive = (number: number) => last === undefined || this.#live.has(this.#configurationOf(number).state);
    return this.#setOf([...reached].filter(isLive).sort((one, other) => one - other));
  }

  #setOf(numbers: readonly number[]): Reached {
    const key = numbers.join();
    const set = this.#sets.get(key) ?? { id: this.#sets.size, numbers };
    this.#sets.set(key, set);
    return set;
  }

  #pendingOf(looks: readonly PendingLook[]): Pending {
    if (looks.length === 0) return this.#nothing;
    const distinct = new Map(looks.map((one) => [keyOf(one), one]));
    const key = [...distinct.keys()].sort().join('/');
    const pending = this.#pending.get(key) ?? {
      looks: [...distinct.values()],
      numbers: new Map<number, number>(),
    };
    this.#pending.set(key, pending);
    return pending;
  }

  #numberOf(state: number, pending: Pending): number {
    let number = pending.numbers.get(state);
    if (number === undefined) {
      number = this.#configurations.push({ state, pending }) - 1;
      pending.numbers.set(state, number);
    }
    return number;
  }

  #configurationOf(number: number): Configuration {
    const configuration = this.#configurations[number];
    if (configuration === undefined) throw new Error(`there is no configuration ${String(number)}`);
    return configuration;
  }

  #stateOf(index: number): State {
    const state = this.automaton.states[index];
    if (state === undefined) throw new Error(`there is no state ${String(index)}`);
    return state;
  }
}

/** Returns the states from which a match may still be reached after the first character. */
function liveStates({ states, end }: Automaton): ReadonlySet<number> {
  const before = states.map((): number[] => []);
  for (const [from, { next, free, atEnd, lookbehinds, lookaheads }] of states.entries()) {
    const steps = next.filter(({ characters }) => !characters.isEmpty);
    for (const to of [...free, ...atEnd, ...[...steps, ...lookbehinds, ...lookaheads].map((step) => step.to)])
      before[to]?.push(from);
  }
  const live = new Set([end, ...states.flatMap(({ lookaheads }) => lookaheads.map(({ matched }) => matched))]);
  for (const state of live) for (const from of before[state] ?? []) live.add(from);
  return live;
}

/** Returns what is kept of two keys, after it was found out once. */
function known<One, Other, Value>(kept: Map<One, Map<Other, Value>>, one: One, other: Other, find: () => Value): Value {
  let inner = kept.get(one);
  if (inner === undefined) kept.set(one, (inner = new Map<Other, Value>()));
  if (inner.has(other)) return inner.get(other) as Value;
  const value = find();
  inner.set(other, value);
  return value;
}
