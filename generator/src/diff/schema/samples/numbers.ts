/** Makes numbers. */
import type { Case } from '../cases.ts';
import { boundsOf, integersOf } from '../numbers.ts';
import type { LinkedObject } from '../linked.ts';
import type { Random } from '../random.ts';

export function* numbers(one: Case, hints: readonly LinkedObject[], random: Random): Generator {
  yield startOf(one);
  const rules = [...one.atoms, ...hints];
  const limits = rules.flatMap((rule) =>
    [rule.minimum, rule.maximum, rule.exclusiveMinimum, rule.exclusiveMaximum].filter((limit) => limit !== undefined),
  );
  const multiples = rules.flatMap(({ multipleOf }) => (multipleOf === undefined ? [] : [multipleOf]));
  for (const limit of [...limits, ...multiples, ...multiples.map((value) => -value), 0, 1, -1])
    yield* numbersAround(limit, multiples);
  yield* [2, 3, 10, 0.1, -0.1, 1.5, 1e10, -1e10, 1e15, -1e15];
  const { min, max } = boundsOf(one);
  const [low, high] = [Math.max(min, -1e6), Math.min(max, 1e6)];
  for (let tries = 0; tries < 20 && low < high; tries += 1) {
    const value = low + random() * (high - low);
    yield Math.round(value);
    yield value;
    for (const multiple of multiples) yield Math.round(value / multiple) * multiple;
  }
}

/** Returns a small number within the bounds, if there is one. */
function startOf(one: Case): number {
  const { min, max } = boundsOf(one);
  const small = [0, 1].find((value) => value >= min && value <= max);
  if (small !== undefined) return small;
  const { least, greatest } = integersOf(one);
  return [least, greatest].find((value) => Number.isFinite(value)) ?? 0;
}

function* numbersAround(limit: number, multiples: readonly number[]): Generator {
  yield limit;
  yield limit + 1;
  yield limit - 1;
  yield Math.floor(limit) + 0.5;
  yield Math.ceil(limit) - 0.5;
  for (const multiple of multiples) {
    yield Math.ceil(limit / multiple) * multiple;
    yield (Math.floor(limit / multiple) + 1) * multiple;
    yield (Math.ceil(limit / multiple) - 1) * multiple;
  }
  yield limit + 1e-9;
  yield limit - 1e-9;
}
