/** Matches texts by expressions, in a time that grows with the length of the text only: some expressions backtrack without an end. */
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { automatonOf, parsed } from './expression.ts';
import type { Alternatives, Term } from './expression.ts';
import { Walker } from './walker.ts';

/** A rule for texts: a pattern, or the expression of a format. */
export interface TextRule {
  readonly source: string;
  readonly flags: string;
}

/** A text that an expression may read in more ways than this, and than its length, is matched by the automaton. */
const MAX_WAYS = 10_000;

class Matcher {
  readonly #expression: RegExp;
  readonly #rule: TextRule;
  /** Of texts of a length. */
  readonly #ways = new Map<number, number>();
  #tree: Alternatives | undefined;
  #walker: Walker | undefined;

  constructor(rule: TextRule) {
    this.#rule = rule;
    this.#expression = new RegExp(rule.source, rule.flags.replace(/[gy]/g, ''));
  }

  test(text: string): boolean {
    if (this.#waysOf(text.length) <= Math.max(MAX_WAYS, 2 * text.length)) return this.#expression.test(text);
    const automaton = automatonOf(this.#rule.source, this.#rule.flags);
    if (automaton === undefined) return this.#expression.test(text);
    if (this.#walker?.isTooLarge !== false) this.#walker = new Walker(automaton);
    const found = isAccepted(this.#walker, text);
    // An inexact automaton accepts more than its expression.
    return found === undefined || (found && !automaton.isExact) ? this.#expression.test(text) : found;
  }

  #waysOf(length: number): number {
    if (length <= 1) return 1;
    let ways = this.#ways.get(length);
    if (ways === undefined) {
      this.#tree ??= parsed(this.#rule.source, this.#rule.flags)?.alternatives ?? [];
      // A match may begin anywhere, except after `^`.
      ways = waysOfAll(this.#tree, length) * (isAnchored(this.#tree) ? 1 : length);
      this.#ways.set(length, ways);
    }
    return ways;
  }

  toString(): string {
    return String(this.#expression);
  }
}

const isAnchored = (alternatives: Alternatives): boolean =>
  alternatives.every(({ elements: [first] }) => {
    if (first?.type === 'Alternation') return isAnchored(first.alternatives);
    return first?.type === 'Assertion' && first.kind === 'behind' && first.negate;
  });

const waysOfAll = (alternatives: Alternatives, length: number): number =>
  alternatives.reduce((sum, { elements }) => sum + elements.reduce((all, term) => all * waysOf(term, length), 1), 0);

/** Returns in how many ways a term may read what begins at one character, at most: an expression may try all of them. */
function waysOf(term: Term, length: number): number {
  switch (term.type) {
    case 'CharacterClass':
    case 'Unknown':
      return 1;
    case 'Alternation':
    case 'Assertion':
      return Math.max(1, waysOfAll(term.alternatives, length));
    case 'Quantifier': {
      const ways = Math.max(1, waysOfAll(term.alternatives, length));
      const most = Math.min(term.max, Math.max(term.min, length));
      return (most - term.min + 1) * ways ** most;
    }
  }
}

/** Returns whether the automaton accepts a text; undefined if it has too many states. */
function isAccepted(walker: Walker, text: string): boolean | undefined {
  let set = walker.first;
  let last: number | undefined;
  for (const character of text) {
    if (set.numbers.length === 0) return false;
    if (set.numbers[0] === walker.automaton.end) return true;
    last = character.codePointAt(0) ?? 0;
    set = walker.after(set, last);
    if (walker.isTooLarge) return undefined;
  }
  return walker.accepts(set, last);
}

const MAX_MATCHERS = 5_000;
const matchers = new Map<string, Matcher>();

function matcherOf(rule: TextRule): Matcher {
  const key = `${rule.flags}/${rule.source}`;
  let matcher = matchers.get(key);
  if (matcher === undefined) {
    if (matchers.size >= MAX_MATCHERS) matchers.clear();
    matcher = new Matcher(rule);
    matchers.set(key, matcher);
  }
  return matcher;
}

export const matches = (rule: TextRule, text: string): boolean => matcherOf(rule).test(text);

/** Makes what Ajv matches patterns by. */
export const ENGINE: RegExpEngine = Object.assign((source: string, flags: string) => matcherOf({ source, flags }), {
  code: 'new RegExp',
});
