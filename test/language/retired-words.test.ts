/** Comments, log lines and pages use the words of docs/glossary.md, and none that are retired. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { CHECKED_FILES, RETIRED_PROSE } from '../../scripts/lint/retired-words.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['README.md', 'docs/*.md', 'asyncapi.yaml'];
/** The first two quote the retired words. The others show the contract's descriptions and the output of the demo. */
const EXCEPT = ['scripts/lint/retired-words.ts', 'test/language/retired-words.test.ts', 'docs/protocol.md'];

function retiredIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    RETIRED_PROSE.flatMap(({ pattern, instead }) => {
      const [word] = pattern.exec(line) ?? [];
      return word === undefined ? [] : [`line ${index + 1}: write ${instead} instead of "${word}"`];
    }),
  );
}

it('finds a retired word, and proposes another one', () => {
  const found = retiredIn(
    'Readers are told of it,\nexcept for those that a dead letter\nsets aside. Toldeva is a name.',
  );
  expect(found.map((fault) => fault.split(':')[0])).toEqual(['line 1', 'line 3']);
});

const files = globSync([...CHECKED_FILES, ...PAGES], { cwd: ROOT }).filter((file) => !EXCEPT.includes(file));

it('checks every page', () => {
  expect(files).toEqual(expect.arrayContaining(['docs/errors.md', 'src/main.ts']));
});

it.each(files)('%s has no retired words', (file) => {
  expect(retiredIn(readFileSync(join(ROOT, file), 'utf8'))).toEqual([]);
});
