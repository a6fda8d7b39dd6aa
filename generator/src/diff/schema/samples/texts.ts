/** Makes texts. */
import type { Case } from '../cases.ts';
import type { LinkedObject } from '../linked.ts';
import { findText } from '../strings.ts';
import type { TextRule } from '../matching.ts';
import type { Wanted } from '../strings.ts';
import { rulesOf, textsOf, valueRulesOf } from '../texts.ts';

const SOME_TEXTS = [
  ...['a', '', 'A', '0', ' ', 'é', '😀', 'text', '1.5', 'true', 'null', '2024-02-29T12:00:00Z', '2024-02-29'],
  ...['a@example.com', '123e4567-e89b-42d3-a456-426614174000', 'https://example.com/a', '127.0.0.1', '::1', 'P1D'],
  '12:00:00Z',
];
/** A longer one is larger than what a broker takes by default. */
const MAX_TEXT = 1_100_000;
const MAX_SAME_TEXT = 300;

export function* texts(one: Case, hints: readonly LinkedObject[]): Generator {
  const wanted = textsOf(one);
  const { minLength, maxLength } = wanted;
  const ofLength = (min: number, max: number) =>
    found({ ...wanted, minLength: Math.max(minLength, min), maxLength: Math.min(maxLength, max) }, MAX_TEXT);
  yield* ofLength(1, Infinity);
  yield* ofLength(0, Infinity);
  const rules = hints.flatMap((hint) => [...rulesOf(hint), ...valueRulesOf(hint)]);
  yield* textsByRules(wanted, rules);
  const lengths = hints.flatMap((hint) => [hint.minLength, hint.maxLength].filter((length) => length !== undefined));
  const limits = new Set([minLength, maxLength]);
  const isSame = lengths.every((length) => limits.has(length));
  for (const length of new Set([...limits, ...lengths])) {
    // Long texts take long to make. They matter where the limits differ.
    if (!Number.isFinite(length) || (isSame && length > MAX_SAME_TEXT)) continue;
    // Some expressions have no text that is longer by one.
    if (!isSame && ofLength(length + 1, length + 1).length === 0) yield* ofLength(length + 1, Infinity);
    for (const each of [length, length + 1, length - 1]) {
      yield* ofLength(each, each);
      if (each > 0 && each <= 1_000) yield '😀'.repeat(each);
      if (each > 0 && each <= MAX_TEXT) yield 'a'.repeat(each);
    }
  }
  yield* SOME_TEXTS;
}

/** Makes texts that match rules of the hints, and texts that do not. */
function* textsByRules(wanted: Wanted, rules: readonly TextRule[]): Generator {
  const { all, none = [], minLength } = wanted;
  for (const rule of rules) {
    yield* found({ ...wanted, none: [...none, rule] });
    yield* found({ ...wanted, all: [...all, rule] });
    yield* found({ ...wanted, none: [...none, rule], minLength: Math.max(minLength, 2) });
  }
  // One that no alternative accepts.
  if (rules.length >= 2) yield* found({ ...wanted, none: [...none, ...rules] });
}

function found(wanted: Wanted, maxLength = Infinity): string[] {
  const text = findText(wanted);
  return text.kind === 'found' && text.text.length <= maxLength ? [text.text] : [];
}
