/** Finds names of fields that schemas do not mention, but allow or refuse by patterns and `propertyNames`. */
import { casesOfAll, namesOf, otherRules } from './cases.ts';
import type { Case } from './cases.ts';
import { flattened } from './hints.ts';
import type { LinkedObject } from './linked.ts';
import { findText } from './strings.ts';
import type { Wanted } from './strings.ts';
import { rulesOf, textsOf, valueRulesOf } from './texts.ts';
import { ofPattern, ofTexts } from './valid.ts';

/** A name of a field that no schema mentions, in values that are made. */
export const OTHER_NAME = 'another';

/** Returns what names of properties of the case are like, in each case of `propertyNames`. */
function nameTextsOf(one: Case): readonly Wanted[] {
  const rules = one.atoms.flatMap(({ propertyNames }) => (propertyNames === undefined ? [] : [propertyNames]));
  return casesOfAll([{ type: 'string' }, ...rules]).map((each) => {
    const texts = textsOf(each);
    return { ...texts, all: [...texts.all, ...each.atoms.flatMap(valueRulesOf)] };
  });
}

/** Whether properties may exist whose names match all patterns, and neither any of `without` nor of `names`. */
export function mayHaveName(
  one: Case,
  patterns: readonly string[],
  without: readonly string[] = [],
  names: readonly string[] = [],
): boolean {
  const refused = [...without.map(ofPattern), ...(names.length === 0 ? [] : [ofTexts(names)])];
  return nameTextsOf(one).some(({ all, none = [], ...lengths }) => {
    const wanted = { ...lengths, all: [...all, ...patterns.map(ofPattern)], none: [...none, ...refused] };
    return findText(wanted).kind !== 'none';
  });
}

const MAX_NAME = 60;

/** Returns names of fields that a case does not mention: any, and those that only some patterns match. @param known more names. */
export function otherNames(one: Case, hints: readonly LinkedObject[], known: readonly string[]): string[] {
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
