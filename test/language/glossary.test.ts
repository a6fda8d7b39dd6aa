/** docs/glossary.md: one row per word, and every file that it names exists. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
const rows = [...page.matchAll(/^\| ([a-z -]+?) +\| (.+?) +\| `([^`]+)` +\|$/gm)].map(
  ([, word = '', meaning = '', file = '']) => ({ word, meaning, file }),
);

it('has a row for each word, once', () => {
  const words = rows.map(({ word }) => word);
  expect(words).toEqual(expect.arrayContaining(['owner', 'batch share', 'dead letter', 'watermark']));
  expect(new Set(words).size).toBe(words.length);
});

it('names files that exist', () => {
  expect(rows.filter(({ file }) => !existsSync(join(ROOT, file)))).toEqual([]);
});
