/** Proves keywords of lists. */
import { itemCounts, itemRules, positionsOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { unlessImpossible } from './impossible.ts';
import { deeper, failure } from './position.ts';
import type { Position, Prover, Unproved } from './prover.ts';

export function unprovedOfItems(prover: Prover, one: Case, schema: LinkedObject, at: Position): Unproved[] {
  const list = Array.isArray(schema.items) ? (schema.items as readonly Linked[]) : undefined;
  const { max } = itemCounts(one);
  const positions = Math.max(positionsOf(one), list?.length ?? 0);
  const found: Unproved[] = [];
  for (let index = 0; index <= positions && index < max; index += 1) {
    const [rule, keywords] = ruleAt(schema, list, index);
    const rules = itemRules(one, index < positions ? index : Infinity);
    const isTooLong = rule === false && !rules.includes(false);
    const missing =
      isTooLong && !prover.areImpossible(rules, at.depth + 1)
        ? [failure(at, keywords[0])]
        : prover.schemas(rules, rule, deeper(at, keywords, String(index)));
    found.push(...unlessImpossible(prover, rules, at, missing));
  }
  return found;
}

/** Returns what a schema requires of an item, and the keywords that lead to it. */
function ruleAt(
  { items = true, additionalItems = true }: LinkedObject,
  list: readonly Linked[] | undefined,
  index: number,
): [rule: Linked, keywords: readonly [string, ...string[]]] {
  if (list === undefined) return [items as Linked, ['items']];
  const own = list[index];
  return own === undefined ? [additionalItems, ['additionalItems']] : [own, ['items', String(index)]];
}

/** Whether each list of the case has an item that the rule of `contains` accepts. */
export function haveItem(prover: Prover, one: Case, rule: Linked, at: Position): boolean {
  const own = deeper(at, ['contains'], '0');
  const isAccepted = (rules: readonly Linked[]) => prover.schemas(rules, rule, own).length === 0;
  const { min } = itemCounts(one);
  const positions = positionsOf(one);
  const rest = positions === 0 ? itemRules(one) : [];
  if (one.atoms.some(({ contains }) => contains !== undefined && isAccepted([contains, ...rest]))) return true;
  for (let index = 0; index < min && index <= positions; index += 1) {
    if (isAccepted(itemRules(one, index < positions ? index : Infinity))) return true;
  }
  return false;
}

/** The most positions whose items are compared with each other. */
const MAX_POSITIONS = 16;

/** Whether no list of the case has equal items. */
export function areUnique(prover: Prover, one: Case, at: Position): boolean {
  const { max } = itemCounts(one);
  if (max <= 1 || one.atoms.some(({ uniqueItems }) => uniqueItems === true)) return true;
  if (max > MAX_POSITIONS) return false;
  const rules = Array.from({ length: max }, (_none, index) => itemRules(one, index));
  return rules.every((rule, index) =>
    rules.slice(index + 1).every((other) => prover.areImpossible([...rule, ...other], at.depth + 1)),
  );
}
