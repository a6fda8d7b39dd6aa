/** Returns what names of fields are like that schemas do not mention, but allow or refuse by patterns and `propertyNames`. */
import { casesOfAll } from './cases.ts';
import type { Case } from './cases.ts';
import { findText } from './strings.ts';
import type { Wanted } from './strings.ts';
import { textsOf, valueRulesOf } from './texts.ts';
import { ofPattern, ofTexts } from './valid.ts';

/** A name of a field that no schema mentions, in values that are made. */
export const OTHER_NAME = 'another';

/** Returns what names of properties of the case are like, in each case of `propertyNames`. */
export function nameTextsOf(one: Case): readonly Wanted[] {
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
