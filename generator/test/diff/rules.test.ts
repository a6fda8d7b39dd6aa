/** The page of the gate has a paragraph for each rule. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { RULES } from '../../src/diff/rules/table.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../docs/contract-gate.md'), 'utf8');

it.each(RULES.map((rule) => [rule.id, rule] as const))(
  '%s has its paragraph',
  (id, { title, about, remedy, directions }) => {
    const only = directions.length === 1 ? ` (${directions[0] === 'receive' ? 'received' : 'sent'})` : '';
    expect(PAGE).toContain(`\n### ${id}\n\n${title}${only}. ${about}\n\nInstead: ${remedy}\n`);
  },
);

it('has no paragraph of another rule', () => {
  const headings = [...PAGE.matchAll(/^### (.+)$/gm)].map((match) => match[1]);
  expect(headings).toEqual(RULES.map(({ id }) => id));
});
