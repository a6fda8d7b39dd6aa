/** Proves keywords that combine schemas: alternatives, negations and conditions. */
import { narrowed } from '../cases.ts';
import type { Case } from '../cases.ts';
import { identityOf } from '../identity.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { negationOf } from '../negation.ts';
import { failure, inner, MAX_SPLITS } from './position.ts';
import type { Position, Prover, Unproved } from './prover.ts';
import { isTextOfAny } from './scalars.ts';
import { splitBy } from './split.ts';

/** Whether it is proved that a schema accepts each value of the case. */
export const isProved = (prover: Prover, one: Case, reader: Linked, at: Position) =>
  prover.case(one, reader, at).length === 0;

/** Whether no value of the case is accepted by the schema. */
export function refuses(prover: Prover, one: Case, schema: Linked, at: Position): boolean {
  const identity = identityOf(schema);
  if (one.nots.some((not) => identityOf(not) === identity)) return true;
  return narrowed(one, schema).every((both) => prover.isImpossible(both, at.depth));
}

/** Returns what is not proved of `anyOf` or `oneOf`, for all values at once, else for those of each part that the case is split into. */
export function unprovedOfAlternatives(
  prover: Prover,
  one: Case,
  parts: readonly Linked[],
  at: Position,
  keyword: 'anyOf' | 'oneOf',
): Unproved[] {
  const unproved: (readonly Unproved[])[] = [];
  // Most alternatives are the same for the writer.
  const known = new Set(one.atoms.map(identityOf));
  const isKnown = ([, part]: readonly [number, Linked]) => known.has(identityOf(part));
  const entries = [...parts.entries()];
  for (const [index, part] of [...entries.filter(isKnown), ...entries.filter((entry) => !isKnown(entry))]) {
    // Most others have another constant than the case: there is nothing to prove of them.
    if (narrowed(one, part).length === 0) continue;
    const found = prover.case(one, part, inner(at, keyword, String(index)));
    const isOnly = () => parts.every((other, position) => position === index || refuses(prover, one, other, at));
    if (found.length === 0 && (keyword === 'anyOf' || isOnly())) return [];
    unproved.push(found);
  }
  if (keyword === 'anyOf' && isTextOfAny(one, parts)) return [];
  // What the value is meant to be probably lacks least.
  const within = unproved.sort((few, many) => few.length - many.length).flat();
  const smaller = at.splits >= MAX_SPLITS || prover.isSpent ? undefined : splitBy(one, parts);
  if (smaller === undefined) {
    if (keyword === 'anyOf' && isOneTheRest(prover, one, parts, at)) return [];
    return [{ ...failure(at, keyword), within }];
  }
  const next = { ...at, splits: at.splits + 1 };
  for (const each of smaller) {
    if (prover.isImpossible(each, at.depth)) continue;
    const found = unprovedOfAlternatives(prover, each, parts, next, keyword);
    if (found.length > 0) return found.map((rule) => ({ ...rule, within: [...within, ...(rule.within ?? [])] }));
  }
  return [];
}

/** The most alternatives of which each is proved for what the other ones refuse. */
const MAX_RESTS = 4;

/** Whether one of the alternatives accepts all that the other ones refuse. */
function isOneTheRest(prover: Prover, one: Case, parts: readonly Linked[], at: Position): boolean {
  if (parts.length > MAX_RESTS || at.splits >= MAX_SPLITS) return false;
  const next = { ...at, splits: at.splits + 1 };
  return parts.some((part) => {
    const others = parts.filter((other) => other !== part).map(negationOf);
    return narrowed(one, { allOf: others }).every((each) => isProved(prover, each, part, next));
  });
}

export function unprovedOfCondition(prover: Prover, one: Case, schema: LinkedObject, at: Position): Unproved[] {
  const { if: condition = true, then = true, else: otherwise = true } = schema;
  const [whenMet, whenUnmet] = [inner(at, 'then'), inner(at, 'else')];
  if (refuses(prover, one, condition, at)) return prover.case(one, otherwise, whenUnmet);
  if (isProved(prover, one, condition, at)) return prover.case(one, then, whenMet);
  const met = narrowed(one, condition).flatMap((each) => prover.case(each, then, whenMet));
  const unmet = narrowed(one, negationOf(condition)).flatMap((each) => prover.case(each, otherwise, whenUnmet));
  return [...met, ...unmet];
}
