/** A name has one meaning: no two types in src/ share one, and none is a type of JavaScript. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const SRC = join(import.meta.dirname, '../../src');
const DECLARATION = /^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm;

const declared = globSync('**/*.ts', { cwd: SRC }).flatMap((file) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(DECLARATION)].map(([, name = '']) => ({ name, file })),
);

it('finds the exported types', () => {
  expect(declared).toContainEqual({ name: 'Pet', file: 'domain/pet.ts' });
});

it('has no two exported types of one name', () => {
  const shared = [...Map.groupBy(declared, ({ name }) => name)].filter(([, all]) => all.length > 1);
  expect(shared.map(([name, all]) => `${name}: ${all.map(({ file }) => file).join(', ')}`)).toEqual([]);
});

it('has no exported type with the name of a global', () => {
  expect(declared.filter(({ name }) => name in globalThis)).toEqual([]);
});
