/** Positions in a reader's schema and in the values that it accepts. */
import type { Position, Unproved } from './prover.ts';

/** How often the cases of one value are split. */
export const MAX_SPLITS = 3;

export const ROOT: Position = { path: [], field: [], depth: 0, splits: 0 };

/** Returns the position of a field or item of the value. */
export const deeper = (at: Position, keywords: readonly string[], field: string): Position => ({
  path: [...at.path, ...keywords],
  field: [...at.field, field],
  depth: at.depth + 1,
  splits: 0,
});

/** Returns the position of a further schema of the same value. */
export const inner = (at: Position, ...keywords: readonly string[]): Position => ({
  ...at,
  path: [...at.path, ...keywords],
});

export const failure = (at: Position, keyword: string): Unproved => ({ path: at.path, keyword, field: at.field });

/** The failure of a field that the schema at the position requires or refuses. */
export const fieldFailure = (at: Position, keyword: string, name: string): Unproved => ({
  path: at.path,
  keyword,
  field: [...at.field, name],
});
