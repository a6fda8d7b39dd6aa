/** All rules of the gate. */
import { CHANNEL_RULES } from './channels.ts';
import { HEADER_RULES, KEY_RULES } from './headers.ts';
import { MESSAGE_RULES } from './messages.ts';
import { OPERATION_RULES } from './operations.ts';
import { PAYLOAD_RULES } from './payload.ts';
import type { Rule } from './rule.ts';
import { SERVER_RULES, VERSION_RULES } from './servers.ts';

export const RULES: readonly Rule[] = [
  ...CHANNEL_RULES,
  ...OPERATION_RULES,
  ...MESSAGE_RULES,
  ...PAYLOAD_RULES,
  ...HEADER_RULES,
  ...KEY_RULES,
  ...SERVER_RULES,
  ...VERSION_RULES,
];

const byId = new Map(RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: string): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  return rule;
}

const byKeyword = new Map(PAYLOAD_RULES.flatMap((rule) => rule.keywords.map((keyword) => [keyword, rule.id])));

/** Returns the rule for a keyword that a payload breaks. */
export const ruleOfKeyword = (keyword: string): string => byKeyword.get(keyword) ?? 'condition-changed';
