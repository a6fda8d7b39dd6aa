/** What the makers of values of one type need of the search that they are steps of. */
import type { Linked, LinkedObject } from '../linked.ts';
import type { Random } from '../random.ts';

/** Values deeper than this have only what they must have. */
export const MAX_DEPTH = 7;

export interface Context {
  /** How many fields and items lead to the value, without those of the focus; more, if fewer variants of it are worth their effort. */
  readonly depth: number;
  /** How many values are wanted. */
  readonly count: number;
  /** Where in the value most variants are made. */
  readonly focus: readonly string[];
  /** After how many candidates without a value the search for one ends. */
  readonly patience?: number;
}

export interface Maker {
  readonly random: Random;
  /** Returns values that all of the schemas accept. @param hints schemas whose limits are tried. */
  valuesFor(schemas: readonly Linked[], hints: readonly LinkedObject[], context: Context): readonly unknown[];
}

const INNER_COUNT = 14;
const FOCUSED_COUNT = 120;

/** Returns the context of a part of the value. @param count how many of its values are made at most if it has no focus. */
export function innerOf(context: Context, isFocused: boolean, count = INNER_COUNT): Context {
  const [, ...focus] = context.focus;
  return {
    depth: isFocused ? context.depth : context.depth + 1,
    count: isFocused ? FOCUSED_COUNT : Math.min(INNER_COUNT, count),
    focus: isFocused ? focus : [],
  };
}
