/** Proves rules for numbers and texts. */
import { typesOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { boundsOf, integersOf, leastMultiple } from '../numbers.ts';
import { findText } from '../strings.ts';
import type { TextRule } from '../matching.ts';
import { onlyRuleOf, textsOf } from '../texts.ts';

export function areWithin(one: Case, reader: LinkedObject): boolean {
  const types = typesOf(one);
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = reader;
  if (types.has('integer')) {
    const { least, greatest } = integersOf(one);
    if (minimum !== undefined && !(least >= minimum)) return false;
    if (exclusiveMinimum !== undefined && !(least > exclusiveMinimum)) return false;
    if (maximum !== undefined && !(greatest <= maximum)) return false;
    if (exclusiveMaximum !== undefined && !(greatest < exclusiveMaximum)) return false;
  }
  if (types.has('fraction')) {
    const { min, max, isMinExclusive, isMaxExclusive } = boundsOf(one);
    if (minimum !== undefined && !(min >= minimum)) return false;
    if (exclusiveMinimum !== undefined && !(min > exclusiveMinimum || (isMinExclusive && min === exclusiveMinimum)))
      return false;
    if (maximum !== undefined && !(max <= maximum)) return false;
    if (exclusiveMaximum !== undefined && !(max < exclusiveMaximum || (isMaxExclusive && max === exclusiveMaximum)))
      return false;
  }
  return true;
}

export function areMultiples(one: Case, of: number): boolean {
  const types = typesOf(one);
  if (!types.has('integer') && !types.has('fraction')) return true;
  const own = one.atoms.flatMap(({ multipleOf }) => (multipleOf === undefined ? [] : [multipleOf]));
  // Powers of two are exact in floating point; other fractions are not.
  const isExact = (value: number) => Number.isInteger(value * 1024) && Math.abs(value) <= 2 ** 40;
  if (own.some((value) => value === of || (isExact(value) && isExact(of) && Number.isInteger(value / of)))) return true;
  if (types.has('fraction')) return false;
  if (isExact(of) && Number.isInteger(1 / of)) return true;
  const { least, greatest } = integersOf(one);
  // Larger integers are not exact in readers of JSON: they are none of a contract.
  const size = Math.min(Math.max(Math.abs(least), Math.abs(greatest)), Number.MAX_SAFE_INTEGER);
  // Integers are the multiples of all their divisors, and of fractions such as 0.01 that are close enough to it.
  const common = own.filter(isExact).map((value) => value * 1024).reduce(leastMultiple, 1024) / 1024; // prettier-ignore
  return isExact(of) ? isExact(common) && Number.isInteger(common / of) : isPartOfOne(of, size);
}

/** Whether integers of a size, divided by a number, are integers in floating point too. */
function isPartOfOne(of: number, size: number): boolean {
  const parts = Math.round(1 / of);
  // Larger numbers are written with an exponent, and Ajv reads their first digits.
  if (!(of > 2 ** -40) || parts * size > 1e20) return false;
  // A floating point number is a fraction of a power of two: the difference of its multiple and one is exact.
  const scale = 2n ** 100n;
  const difference = BigInt(of * 2 ** 100) * BigInt(parts) - scale;
  // Up to 2^53 a quotient that is so close to an integer is rounded to it; beyond, all numbers are integers.
  return (difference < 0n ? -difference : difference) <= scale / 2n ** 54n;
}

/** Whether the case has only texts, and each matches one of the alternatives. */
export function isTextOfAny(one: Case, parts: readonly Linked[]): boolean {
  if ([...typesOf(one)].some((type) => type !== 'string')) return false;
  const texts = textsOf(one);
  const rules = parts.map(onlyRuleOf).filter((rule) => rule !== undefined);
  return rules.length > 1 && findText({ ...texts, none: [...(texts.none ?? []), ...rules] }).kind === 'none';
}

/** Whether all texts of the case match the rules. */
export function isTextOf(one: Case, rules: readonly TextRule[]): boolean {
  const texts = textsOf(one);
  return rules.every((rule) => findText({ ...texts, none: [...(texts.none ?? []), rule] }).kind === 'none');
}

export function haveLength(one: Case, { minLength = 0, maxLength = Infinity }: LinkedObject): boolean {
  const texts = textsOf(one);
  const isShort = { ...texts, maxLength: Math.min(texts.maxLength, minLength - 1) };
  const isLong = { ...texts, minLength: Math.max(texts.minLength, maxLength + 1) };
  if (texts.minLength < minLength && findText(isShort).kind !== 'none') return false;
  return texts.maxLength <= maxLength || findText(isLong).kind === 'none';
}
