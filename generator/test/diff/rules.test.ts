/** Each rule has its file, its paragraph on the page of the gate, and pairs of documents that it finds. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { explained } from '../../src/diff/rules/explain.ts';
import { RULES } from '../../src/diff/rules/table.ts';
import { DOCUMENT_PAIRS } from './document-pairs.ts';
import { compare, object, withPayload } from './documents.ts';
import type { Use } from './documents.ts';
import { FIELD_PAIRS } from './schema-pairs.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../docs/contract-gate.md'), 'utf8');
const FOLDER = join(import.meta.dirname, '../../src/diff/rules');

it('has one file for each rule, whose name is its id', () => {
  const files = globSync('*/*.ts', { cwd: FOLDER }).map((file) => basename(file, '.ts'));
  expect(files.sort()).toEqual(RULES.map(({ id }) => id).sort());
});

it.each(RULES.map(({ id }) => id))('%s has its paragraph', (id) => {
  expect(PAGE).toContain(`\n### ${explained(id)}\n`);
});

it('has no paragraph of another rule', () => {
  const headings = [...PAGE.matchAll(/^### (.+)$/gm)].map((match) => match[1]);
  expect(headings).toEqual(RULES.map(({ id }) => id));
});

const WORDS = { receive: 'received', send: 'sent' } as const;

/** Returns what the pairs find with the verdict that each expects: rules with their directions. */
function foundByPairs(): Set<string> {
  const ofField = (use: Use, schema: unknown) => withPayload(use, object({ x: schema }));
  const pairs = [
    ...Object.values(DOCUMENT_PAIRS).flat(),
    ...FIELD_PAIRS.flatMap(([name, before, after, receive, send]) => [
      [name, ofField('receive', before), ofField('receive', after), receive] as const,
      [name, ofField('send', before), ofField('send', after), send] as const,
    ]),
  ];
  const findings = pairs.flatMap(([, before, after, expected]) =>
    compare(before, after).findings.filter(({ verdict }) => verdict === expected),
  );
  return new Set(findings.map(({ rule, direction }) => (direction === null ? rule : `${rule} ${WORDS[direction]}`)));
}

describe('pairs of documents', () => {
  const found = foundByPairs();
  // The version of the whole document decides one rule: see command.test.ts.
  const asked = RULES.filter(({ kind }) => kind !== 'version').flatMap(({ id, kind, directions }) =>
    kind === 'server' || kind === 'document' ? [id] : directions.map((use) => `${id} ${WORDS[use]}`),
  );

  it.each(asked)('have one for %s', (name) => {
    expect(found).toContain(name);
  });

  it('have none for a direction that a rule does not ask for', () => {
    expect([...found].filter((name) => !asked.includes(name))).toEqual([]);
  });
});
