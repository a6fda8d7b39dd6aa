/** Compares patterns by the texts that match them. */
import { findText } from './strings.ts';
import { ofPattern } from './valid.ts';

/** Whether no text matches both patterns. */
export function areDisjoint(one: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  return findText({ all: [ofPattern(one), ofPattern(other)], minLength: 0, maxLength: Infinity }).kind === 'none';
}

/** Whether each text that one of the patterns matches is matched by one of the others. */
export function isSubset(patterns: readonly string[], others: readonly string[]): boolean {
  return patterns.every((pattern) =>
    others.some(
      (other) =>
        pattern === other ||
        findText({ all: [ofPattern(pattern)], none: [ofPattern(other)], minLength: 0, maxLength: Infinity }).kind ===
          'none',
    ),
  );
}
