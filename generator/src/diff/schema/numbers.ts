/** Finds the bounds of numbers. */
import type { Case } from './case.ts';
import { isValid } from './valid.ts';

export interface Bounds {
  readonly min: number;
  readonly isMinExclusive: boolean;
  readonly max: number;
  readonly isMaxExclusive: boolean;
}

/** Returns the bounds of numbers. */
export function boundsOf(one: Case): Bounds {
  let bounds: Bounds = { min: -Infinity, isMinExclusive: false, max: Infinity, isMaxExclusive: false };
  for (const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } of one.atoms) {
    if (minimum !== undefined && minimum > bounds.min) bounds = { ...bounds, min: minimum, isMinExclusive: false };
    if (exclusiveMinimum !== undefined && exclusiveMinimum >= bounds.min)
      bounds = { ...bounds, min: exclusiveMinimum, isMinExclusive: true };
    if (maximum !== undefined && maximum < bounds.max) bounds = { ...bounds, max: maximum, isMaxExclusive: false };
    if (exclusiveMaximum !== undefined && exclusiveMaximum <= bounds.max)
      bounds = { ...bounds, max: exclusiveMaximum, isMaxExclusive: true };
  }
  return bounds;
}

/** Returns the least and the greatest integer of the case. */
export function integersOf(one: Case): { readonly least: number; readonly greatest: number } {
  const { min, isMinExclusive, max, isMaxExclusive } = boundsOf(one);
  const step = one.atoms
    .flatMap(({ multipleOf }) => (multipleOf !== undefined && Number.isSafeInteger(multipleOf) ? [multipleOf] : []))
    .reduce(leastMultiple, 1);
  let least = Math.ceil((isMinExclusive ? Math.floor(min) + 1 : Math.ceil(min)) / step) * step;
  let greatest = Math.floor((isMaxExclusive ? Math.ceil(max) - 1 : Math.floor(max)) / step) * step;
  const isRefused = (value: number) => Number.isSafeInteger(value) && one.nots.some((not) => isValid(not, value));
  for (let tries = 0; tries < MAX_REFUSED && isRefused(least); tries += 1) least += step;
  for (let tries = 0; tries < MAX_REFUSED && isRefused(greatest); tries += 1) greatest -= step;
  return { least, greatest };
}

/** The most integers at one end that are left out one by one. */
const MAX_REFUSED = 64;

export function leastMultiple(one: number, other: number): number {
  let [divisor, rest] = [one, other];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return (one / divisor) * other;
}
