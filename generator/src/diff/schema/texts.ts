/** Returns what schemas require of texts, as rules that are compared by the texts that match them. */
import type { Case } from './cases.ts';
import type { Linked, LinkedObject } from './linked.ts';
import type { TextRule } from './matching.ts';
import type { Wanted } from './strings.ts';
import { ofFormat, ofPattern, ofTexts } from './valid.ts';

/** Returns what texts of the case are like. */
export function textsOf(one: Case): Wanted {
  const all: TextRule[] = [];
  let [minLength, maxLength] = [0, Infinity];
  for (const atom of one.atoms) {
    minLength = Math.max(minLength, atom.minLength ?? 0);
    maxLength = Math.min(maxLength, atom.maxLength ?? Infinity);
    all.push(...rulesOf(atom));
  }
  const none = one.nots.flatMap((not) => onlyRuleOf(not) ?? []);
  return { all, none, minLength, maxLength };
}

/** Returns the rule of a schema that texts are valid by if they match this rule; undefined if there are none or several. */
export function onlyRuleOf(schema: Linked): TextRule | undefined {
  if (typeof schema !== 'object' || (schema.type !== undefined && ![schema.type].flat().includes('string')))
    return undefined;
  const { type: _type, ...others } = schema;
  const [keyword = '', ...more] = Object.keys(others);
  if (more.length > 0 || !['pattern', 'format', 'const', 'enum'].includes(keyword)) return undefined;
  return [...rulesOf(schema), ...valueRulesOf(schema)][0];
}

/** Returns the rule of the strings of `const` or `enum`. */
export function valueRulesOf(schema: LinkedObject): TextRule[] {
  const values = 'const' in schema ? [schema.const] : schema.enum;
  return values === undefined ? [] : [ofTexts(values)];
}

export function rulesOf({ pattern, format }: LinkedObject): TextRule[] {
  const rule = format === undefined ? undefined : ofFormat(format);
  return [...(pattern === undefined ? [] : [ofPattern(pattern)]), ...(rule === undefined ? [] : [rule])];
}
