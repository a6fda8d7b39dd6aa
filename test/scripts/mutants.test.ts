/** Every mutant finds its code in the service, once, and is a program; what it is found by is its structure. */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { MUTANTS, mutantsOfStatements } from '../../scripts/mutants/mutants.ts';
import { parse } from '../../scripts/mutants/pattern.ts';
import { parseService, ServiceSource } from '../../scripts/mutants/service-source.ts';

const SERVICE = parseService('.');

const ALL = [...MUTANTS, ...mutantsOfStatements(new ServiceSource(SERVICE))];

it.each(ALL.map((mutant) => [mutant.name, mutant] as const))('%s', (_name, mutant) => {
  const service = new ServiceSource(SERVICE);
  mutant.change(service);
  const changed = [...service.changed()];
  expect(changed).not.toEqual([]);
  for (const [path, text] of changed) {
    expect(text).not.toBe(SERVICE.get(path)?.text);
    expect(() => stripTypeScriptTypes(text)).not.toThrow();
  }
});

describe('what a mutant is noticed by is in the chaos tests', () => {
  const textOf = (paths: string) => globSync(paths).map((path) => readFileSync(path, 'utf8')).join('\n'); // prettier-ignore
  const reports = textOf('test/{chaos,support}/*.ts');
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s', (_name, { files, test, finding }) => {
    for (const file of files) expect(textOf(`test/chaos/${file}.*`)).not.toBe('');
    expect(reports).toContain(test);
    for (const report of finding.source.split('|')) expect(reports).toMatch(new RegExp(report));
  });
});

describe('a change of the service', () => {
  const source = (text: string) => new ServiceSource(new Map([['src/one.ts', parse('src/one.ts', text)]]));
  const after = (service: ServiceSource) => service.changed().get('src/one.ts');

  it('finds code whatever its format and its names', () => {
    const service = source('function one() {\n  return   left\n    .has( key(7), ) && right;\n}');
    service.code('one').replace('$set.has(key($n))', '$set.delete($n)');
    expect(after(service)).toBe('function one() {\n  return   left.delete(7) && right;\n}');
  });

  it('adds and removes whole statements', () => {
    const service = source('class One { async two() { await first(1); await second(); } }');
    service.code('One.two').before('first($n)', 'zeroth($n);').remove('second()').prepend('begin();');
    expect(after(service)).toBe('class One { async two() {\nbegin();\n zeroth(1);\nawait first(1);  } }');
  });

  it('finds a clause of SQL whatever its whitespace', () => {
    const service = source('const one = statement(`SELECT 1\n   FROM pet\n    FOR   UPDATE`, {});');
    service.sql('one').replace('FROM $table FOR UPDATE', 'FROM $table');
    expect(after(service)).toBe('const one = statement(`SELECT 1\n   FROM pet`, {});');
  });

  it.each([
    ['that is not there', 'first(2)', 'not found'],
    ['that is there twice', 'second()', 'found 2 times'],
  ])('refuses code %s', (_what, pattern, message) => {
    const service = source('function one() { first(1); second(); second(); }');
    expect(() => service.code('one').remove(pattern)).toThrow(message);
  });

  it('refuses a name that is declared twice, and changes that overlap', () => {
    expect(() => source('const one = 1; function one() {}').code('one')).toThrow('found 2 times');
    const service = source('function one() { first(second()); }');
    service.code('one').replace('first($x)', '0').replace('second()', '1');
    expect(() => service.changed()).toThrow('overlap');
  });
});
