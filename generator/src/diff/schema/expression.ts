/** Reads regular expressions as automata, so that what they accept can be compared and generated. */
import { CharSet, JS, Transformers, CombinedTransformer, transform } from 'refa';
import type { Concatenation, Element, Expression as Tree, NoParent, Quantifier } from 'refa';

/** A state of a nondeterministic automaton. */
export interface State {
  readonly next: { readonly characters: CharSet; readonly to: number }[];
  /** States that are reached without a character: always, only at the start of the text, only at its end. */
  readonly free: number[];
  readonly atStart: number[];
  readonly atEnd: number[];
}

/** It reads a whole text. */
export interface Automaton {
  readonly states: readonly State[];
  readonly start: number;
  readonly end: number;
}

/** It accepts the texts that all automata of `all` accept, and none of `none`. */
export interface Expression {
  readonly all: readonly Automaton[];
  readonly none: readonly Automaton[];
  /** Whether it accepts exactly what the expression accepts. Otherwise it accepts more: some lookarounds are left out. */
  readonly isExact: boolean;
}

const ANY = CharSet.all(0x10_ff_ff);
/** A repetition `{2,5}` is copied; an expression with more states than this is not read. */
const MAX_STATES = 20_000;

const cache = new Map<string, Expression | undefined>();

/** Returns the automata of an expression; undefined if they have more states than can be compared. */
export function expressionOf(source: string, flags = 'u'): Expression | undefined {
  const key = `${flags}/${source}`;
  if (!cache.has(key)) cache.set(key, read(source, flags));
  return cache.get(key);
}

class TooLarge extends Error {}

function read(source: string, flags: string): Expression | undefined {
  const tree = parsed(source, flags);
  // What cannot be read may accept any text.
  if (tree === undefined) return { all: [], none: [], isExact: false };
  try {
    const { alternatives } = tree;
    const parts = conditionsOf(alternatives);
    const main = built(parts?.rest ?? alternatives);
    const all = (parts?.all ?? []).map((condition) => built(condition));
    const none = (parts?.none ?? []).map((condition) => built(condition));
    return {
      all: [main, ...all].map(({ automaton }) => automaton),
      // One that accepts more than it should would refuse texts that the expression accepts.
      none: none.filter(({ isExact }) => isExact).map(({ automaton }) => automaton),
      isExact: [main, ...all, ...none].every(({ isExact }) => isExact),
    };
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

/** Parses an expression. A text is a list of code points, also where a format's expression does not ask for it. */
function parsed(source: string, flags: string): NoParent<Tree> | undefined {
  const mode = `${flags.replaceAll(/[dguy]/g, '')}u`;
  try {
    return JS.Parser.fromLiteral({ source, flags: mode }).parse().expression;
  } catch {
    return undefined;
  }
}

type Term = NoParent<Element>;
type Alternatives = readonly NoParent<Concatenation>[];
type Assertion = Extract<Term, { readonly type: 'Assertion' }>;

/** `^` and `$`: there is no character before, or behind. */
function isEdge({ negate, alternatives }: Assertion): boolean {
  const [only, ...others] = alternatives;
  const [element, ...rest] = only?.elements ?? [];
  return negate && others.length === 0 && rest.length === 0 && element?.type === 'CharacterClass' && element.characters.isAll; // prettier-ignore
}

interface Conditions {
  readonly all: readonly Alternatives[];
  readonly none: readonly Alternatives[];
  readonly rest: Alternatives;
}

/** Separates conditions at the start of the text, as in `^(?=.*\d)(?!admin).*$`: each holds for the whole text. */
function conditionsOf([only, ...alternatives]: Alternatives): Conditions | undefined {
  if (only === undefined || alternatives.length > 0) return undefined;
  const [start, ...others] = only.elements;
  if (start?.type !== 'Assertion' || start.kind !== 'behind' || !isEdge(start)) return undefined;
  const length = others.findIndex((one) => one.type !== 'Assertion' || one.kind !== 'ahead' || isEdge(one));
  const conditions = others.slice(0, length === -1 ? others.length : length) as Assertion[];
  const wholes = (isNegated: boolean) =>
    conditions
      .filter(({ negate }) => negate === isNegated)
      .map((condition) => condition.alternatives.map((one) => ({ ...one, elements: [start, ...one.elements] })));
  const rest = [{ ...only, elements: [start, ...others.slice(conditions.length)] }];
  return { all: wholes(false), none: wholes(true), rest };
}

/** Replaces assertions by what they assert, as far as that is possible. */
const SIMPLER = new CombinedTransformer([Transformers.applyAssertions(), Transformers.removeDeadBranches()]);

/** Returns the automaton. A match may be anywhere in the text. */
function built(given: Alternatives): { readonly automaton: Automaton; readonly isExact: boolean } {
  const states: State[] = [];
  let isExact = true;
  const create = (): number => {
    if (states.length >= MAX_STATES) throw new TooLarge();
    return states.push({ next: [], free: [], atStart: [], atEnd: [] }) - 1;
  };
  const stateOf = (index: number): State => {
    const state = states[index];
    if (state === undefined) throw new Error(`there is no state ${String(index)}`);
    return state;
  };
  const addAll = (from: number, choices: Alternatives): number => {
    const to = create();
    for (const { elements } of choices) stateOf(elements.reduce((at, term) => add(at, term), from)).free.push(to);
    return to;
  };

  function add(from: number, term: Term): number {
    const to = create();
    switch (term.type) {
      case 'CharacterClass':
        stateOf(from).next.push({ characters: term.characters, to });
        return to;
      case 'Alternation':
        return addAll(from, term.alternatives);
      case 'Assertion':
        if (isEdge(term)) (term.kind === 'behind' ? stateOf(from).atStart : stateOf(from).atEnd).push(to);
        else {
          isExact = false;
          stateOf(from).free.push(to);
        }
        return to;
      case 'Quantifier':
        return repeat(from, to, term);
      case 'Unknown':
        isExact = false;
        stateOf(from).free.push(to);
        return to;
    }
  }

  function repeat(from: number, to: number, { alternatives: item, min, max }: NoParent<Quantifier>): number {
    let at = create();
    stateOf(from).free.push(at);
    for (let count = 0; count < min; count += 1) at = addAll(at, item);
    if (max === Infinity) {
      // Its own state: what comes before must not be entered again.
      const loop = create();
      stateOf(at).free.push(loop);
      stateOf(addAll(loop, item)).free.push(loop);
      at = loop;
    }
    for (let count = min; count < max && max !== Infinity; count += 1) {
      stateOf(at).free.push(to);
      at = addAll(at, item);
    }
    stateOf(at).free.push(to);
    return to;
  }

  const start = create();
  stateOf(start).next.push({ characters: ANY, to: start });
  const end = addAll(start, transform(SIMPLER, { type: 'Expression', alternatives: [...given] }).alternatives);
  stateOf(end).next.push({ characters: ANY, to: end });
  return { automaton: { states, start, end }, isExact };
}
