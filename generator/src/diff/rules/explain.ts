/** Explains rules, with the paragraphs of docs/contract-gate.md. */
import type { Rule } from './rule.ts';
import { RULES } from './table.ts';

/** Returns what a rule finds, and why that matters. */
export function meaningOf({ title, about, directions }: Rule): string {
  const only = directions.length === 1 ? ` (${directions[0] === 'receive' ? 'received' : 'sent'})` : '';
  return `${title}${only}. ${about}`;
}

/** Returns the explanation of a rule; undefined if there is no such rule. */
export function explained(id: string): string | undefined {
  const rule = RULES.find((one) => one.id === id);
  return rule && `${id}\n\n${meaningOf(rule)}\n\nInstead: ${rule.remedy}`;
}

/** Returns a sentence for a rule that does not exist. */
export const unknownRule = (id: string): string => `There is no rule '${id}', but ${RULES.map((rule) => rule.id).join(', ')}`; // prettier-ignore
