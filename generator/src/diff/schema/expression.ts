/** Reads regular expressions as automata, so that what they accept can be compared and generated. */
import { CharSet, JS } from 'refa';
import type { Concatenation, Element, Expression as Tree, NoParent, Quantifier } from 'refa';

/** A state of a nondeterministic automaton. */
export interface State {
  readonly next: { readonly characters: CharSet; readonly to: number }[];
  /** States that are reached without a character: always, only at the start of the text, only at its end. */
  readonly free: number[];
  readonly atStart: number[];
  readonly atEnd: number[];
  /** States that are reached if a character of a set, or none of it, comes before. */
  readonly lookbehinds: { readonly characters: CharSet; readonly isNegated: boolean; readonly to: number }[];
  readonly lookaheads: Lookahead[];
}

/** Leads to a state if what follows matches, or does not. */
export interface Lookahead {
  /** The states in which its own match begins and ends. */
  readonly first: number;
  readonly matched: number;
  readonly isNegated: boolean;
  readonly to: number;
}

/** It reads a whole text. */
export interface Automaton {
  readonly states: readonly State[];
  readonly start: number;
  readonly end: number;
  /** Whether it accepts exactly what the expression accepts. Otherwise it accepts more: some lookarounds are left out. */
  readonly isExact: boolean;
}

const ANY = CharSet.all(0x10_ff_ff);
/** A repetition `{2,5}` is copied; an expression with more states than this is not read. */
const MAX_STATES = 20_000;

const cache = new Map<string, Automaton | undefined>();

/** Returns the automaton of an expression; undefined if it has more states than can be compared. */
export function automatonOf(source: string, flags = 'u'): Automaton | undefined {
  const key = `${flags}/${source}`;
  if (!cache.has(key)) cache.set(key, read(source, flags));
  return cache.get(key);
}

class TooLarge extends Error {}

function read(source: string, flags: string): Automaton | undefined {
  const tree = parsed(source, flags);
  // What cannot be read may accept any text.
  if (tree === undefined) return { ...built([{ type: 'Concatenation', elements: [] }]), isExact: false };
  try {
    return built(tree.alternatives);
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

/** Parses an expression. A text is a list of code points, also where a format's expression does not ask for it. */
export function parsed(source: string, flags: string): NoParent<Tree> | undefined {
  const mode = `${flags.replaceAll(/[dguy]/g, '')}u`;
  try {
    return JS.Parser.fromLiteral({ source, flags: mode }).parse().expression;
  } catch {
    return undefined;
  }
}

export type Term = NoParent<Element>;
export type Alternatives = readonly NoParent<Concatenation>[];
type Assertion = Extract<Term, { readonly type: 'Assertion' }>;

/** `^` and `$`: there is no character before, or behind. */
function isEdge({ negate, alternatives }: Assertion): boolean {
  const [only, ...others] = alternatives;
  const [element, ...rest] = only?.elements ?? [];
  return negate && others.length === 0 && rest.length === 0 && element?.type === 'CharacterClass' && element.characters.isAll; // prettier-ignore
}

/** Returns the characters of a lookbehind that is about one character. */
function charactersBehind({ kind, alternatives }: Assertion): CharSet | undefined {
  if (kind !== 'behind') return undefined;
  const sets = alternatives.map(({ elements }) => (elements.length === 1 ? elements[0] : undefined));
  return sets.reduce<CharSet | undefined>(
    (all, one) => (one?.type === 'CharacterClass' ? all?.union(one.characters) : undefined),
    CharSet.empty(0x10_ff_ff),
  );
}

/** Returns the automaton. A match may be anywhere in the text. */
function built(given: Alternatives): Automaton {
  const states: State[] = [];
  let isExact = true;
  let isWithinLookahead = false;
  const create = (): number => {
    if (states.length >= MAX_STATES) throw new TooLarge();
    return states.push({ next: [], free: [], atStart: [], atEnd: [], lookbehinds: [], lookaheads: [] }) - 1;
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
        else look(from, to, term);
        return to;
      case 'Quantifier':
        return repeat(from, to, term);
      case 'Unknown':
        isExact = false;
        stateOf(from).free.push(to);
        return to;
    }
  }

  function look(from: number, to: number, term: Assertion): void {
    const { kind, negate: isNegated, alternatives: asked } = term;
    const characters = charactersBehind(term);
    if (characters !== undefined) {
      stateOf(from).lookbehinds.push({ characters, isNegated, to });
      return;
    }
    const content = kind === 'ahead' && !isWithinLookahead ? contentOf(asked) : undefined;
    isExact &&= content?.isExact === true;
    // One that matches more than it should would refuse texts that the expression accepts.
    if (content === undefined || (isNegated && !content.isExact)) stateOf(from).free.push(to);
    else stateOf(from).lookaheads.push({ ...content, isNegated, to });
  }

  function contentOf(asked: Alternatives): { first: number; matched: number; isExact: boolean } {
    const outer = isExact;
    [isExact, isWithinLookahead] = [true, true];
    const first = create();
    const matched = addAll(first, asked);
    const content = { first, matched, isExact };
    [isExact, isWithinLookahead] = [outer, false];
    return content;
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
  const end = addAll(start, given);
  stateOf(end).next.push({ characters: ANY, to: end });
  return { states, start, end, isExact };
}
