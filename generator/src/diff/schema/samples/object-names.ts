/** Finds names for the fields of objects. */
import { namesOf, otherRules, propertyRules, requiredOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { LinkedObject } from '../linked.ts';
import { nameTextsOf, OTHER_NAME } from '../names.ts';
import { findText } from '../strings.ts';
import type { Wanted } from '../strings.ts';
import { rulesOf, valueRulesOf } from '../texts.ts';
import { ofPattern, ofTexts } from '../valid.ts';
import { flattened } from './hints.ts';

export interface FieldNames {
  readonly required: ReadonlySet<string>;
  /** Those that the case mentions. */
  readonly own: readonly string[];
  /** Other ones that it allows. */
  readonly extra: readonly string[];
}

export function fieldNamesOf(one: Case, hints: readonly LinkedObject[]): FieldNames {
  const isAllowed = (name: string) => !propertyRules(one, name).includes(false);
  const own = [...namesOf(one)].filter(isAllowed);
  const hinted = hints.flatMap(({ properties = {}, required = [], dependencies = {} }) => {
    const lists = Object.values(dependencies).filter((rule): rule is readonly string[] => Array.isArray(rule));
    return [...Object.keys(properties), ...required, ...Object.keys(dependencies), ...lists.flat()];
  });
  const others = new Set([...hinted, ...otherNames(one, hints, hinted)]);
  return {
    required: requiredOf(one),
    own,
    extra: [...others].filter((name) => !own.includes(name) && isAllowed(name)),
  };
}

/** The most fields that an object gets only to have enough of them. */
export const MAX_SPARES = 500;

/** Returns names for fields that an object gets only to have enough of them. */
export function spareNames(one: Case, count: number): string[] {
  const names = Array.from({ length: Math.min(count, MAX_SPARES) }, (_none, index) => `key${String(index)}`);
  return names.filter((name) => !propertyRules(one, name).includes(false));
}

const MAX_NAME = 60;

/** Returns names that a case does not mention: any, and those that only some patterns match. @param known more names. */
function otherNames(one: Case, hints: readonly LinkedObject[], known: readonly string[]): string[] {
  const patternsOf = ({ patternProperties }: LinkedObject) => Object.keys(patternProperties ?? {}).map(ofPattern);
  const [own, others] = [one.atoms.flatMap(patternsOf), hints.flatMap(patternsOf)];
  const formHints = hints.flatMap(({ propertyNames }) => (propertyNames === undefined ? [] : flattened(propertyNames)));
  const forms = formHints.flatMap((hint) => [...rulesOf(hint), ...valueRulesOf(hint)]);
  const lengths = formHints.flatMap(({ minLength = 1, maxLength = 0 }) => [minLength - 1, maxLength + 1]);
  const mentioned = ofTexts([...known, ...namesOf(one)]);
  const wishes: Pick<Wanted, 'all' | 'none'>[] = [
    ...[...own, ...others, ...forms].flatMap((rule) => [{ all: [rule] }, { all: [], none: [rule] }]),
    ...[...own, ...others].flatMap((rule) => [
      { all: [rule], none: [mentioned] },
      ...[own, others].map((list) => ({ all: [rule], none: list.filter((other) => other.source !== rule.source) })),
    ]),
    ...own.flatMap((rule) => others.map((other) => ({ all: [rule], none: [other] }))),
    { all: [], none: [...own, ...others, mentioned] },
  ];
  const named = nameTextsOf(one).flatMap((form) => {
    const find = ({ all, none = [] }: Pick<Wanted, 'all' | 'none'>, min = 1, max = MAX_NAME) => {
      const found = findText({
        all: [...form.all, ...all],
        none: [...(form.none ?? []), ...none],
        minLength: Math.max(form.minLength, min),
        maxLength: Math.min(form.maxLength, Math.max(max, form.minLength)),
      });
      return found.kind === 'found' ? [found.text] : [];
    };
    return [
      ...wishes.flatMap((wish) => find(wish)),
      ...lengths.filter((length) => length > 0).flatMap((length) => find({ all: [] }, length, length)),
    ];
  });
  const isOpen = !otherRules(one, undefined).includes(false);
  return isOpen ? [...named, OTHER_NAME] : named;
}
