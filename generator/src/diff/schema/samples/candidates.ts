/** Makes values that are probably of a case: constants first, then values of each type in turn. */
import { isOfCase, typesOf, valuesOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { LinkedObject } from '../linked.ts';
import { isValid } from '../valid.ts';
import { lists } from './lists.ts';
import type { Context, Maker } from './maker.ts';
import { numbers } from './numbers.ts';
import { objects } from './objects.ts';
import { texts } from './texts.ts';

export function* candidates(maker: Maker, one: Case, hints: readonly LinkedObject[], context: Context): Generator {
  const values = valuesOf(one);
  if (values !== undefined) {
    // The first ones of each kind first: of many values, only some are taken.
    const kinds = Map.groupBy(values, (value) => hints.map((hint) => String(isValid(hint, value))).join());
    for (const [value] of kinds.values()) yield value;
    yield* values;
    return;
  }
  const types = typesOf(one);
  for (const value of constantsIn(hints)) if (isOfCase(one, value)) yield value;
  const generators: Iterator<unknown, unknown>[] = [];
  if (types.has('object')) generators.push(objects(maker, one, hints, context));
  if (types.has('array')) generators.push(lists(maker, one, hints, context));
  if (types.has('string')) generators.push(texts(one, hints));
  if (types.has('integer') || types.has('fraction')) generators.push(numbers(one, hints, maker.random));
  if (types.has('boolean')) generators.push([true, false].values());
  if (types.has('null')) generators.push([null].values());
  yield* alternating(generators);
}

function constantsIn(hints: readonly LinkedObject[]): unknown[] {
  return hints.flatMap((hint) => ['const' in hint ? [hint.const] : [], hint.enum ?? []].flat());
}

function* alternating(generators: readonly Iterator<unknown, unknown>[]): Generator {
  let open = generators;
  while (open.length > 0) {
    const next: Iterator<unknown, unknown>[] = [];
    for (const generator of open) {
      const { done, value } = generator.next();
      if (done === true) continue;
      yield value;
      next.push(generator);
    }
    open = next;
  }
}
