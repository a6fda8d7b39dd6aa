import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { examples } from '../../generated/contract/examples.js';
import { filesIn } from '../../generator/src/files.ts';
import { run, withFolder } from '../../generator/test/command.ts';
import { ROOT } from '../../src/operator/folders.ts';

const generate = (...args: readonly string[]) => run(join(ROOT, 'scripts/generate.ts'), args, ROOT);

it('npm run generate generates the committed files', async () => {
  const { code, stderr } = await generate('--check');
  expect(stderr.replace(/^Generating .*\n/, '')).toBe('');
  expect(code).toBe(0);
});

it('npm run generate -- --check names the command that writes the files', async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await generate('--check', '--output', folder);
    expect(code).toBe(1);
    expect(stderr).toContain('keys.d.ts is missing');
    expect(stderr).toMatch(/^Run `npm run generate` and commit what it writes\.$/m);
  });
});

it('the generator has no word of the contract of this service', async () => {
  const names = examples.flatMap(({ channel, message, type, examples: list }) => [
    channel,
    message,
    type,
    ...list.flatMap((example) => Object.keys(example.headers)).filter((name) => name === name.toUpperCase()),
  ]);
  const word = new RegExp(`\\b(?:pets?|owner|${[...new Set(names.filter(Boolean))].join('|')})\\b`, 'i');
  const page = await readFile(join(ROOT, 'docs/generator.md'), 'utf8');
  const texts = [
    ...(await textsOf('bin', 'src', 'templates')).map(([path, text]) => [path, word.exec(text)?.[0]]),
    // Their sentences have some of the names as ordinary words.
    ...[...(await textsOf('test')), ['generator.md', page] as const].map(([path, text]) => [
      path,
      /\bpets?\b/i.exec(text)?.[0],
    ]),
  ];
  expect(texts.filter(([, found]) => found !== undefined)).toEqual([]);
  expect(texts.length).toBeGreaterThan(30);
});

async function textsOf(...folders: readonly string[]): Promise<(readonly [path: string, text: string])[]> {
  const files = await Promise.all(folders.map((name) => filesIn(join(ROOT, 'generator', name))));
  return files.flatMap((each) => [...each]);
}
