import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '..');
const createdFolders: string[] = [];

interface Violation {
  from: string;
  rule: { name: string };
}

/** Creates a project of these files, with the rules of this one. Returns what breaks a rule, as `file: rule`. */
function violationsIn(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'));
  createdFolders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    cpSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const cruise = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const folders = Object.keys(files).some((name) => name.startsWith('generator/')) ? ['src', 'generator'] : ['src'];
  const args = [cruise, ...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (run.error) throw run.error;
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: Violation[] } };
  return [...new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`))].sort();
}

afterEach(() => {
  for (const folder of createdFolders.splice(0)) rmSync(folder, { recursive: true });
});

test('accepts imports that the rules of the rooms allow', () => {
  const violations = violationsIn({
    'generated/contract/messages/pet.js': 'export interface Pet { id: number }',
    'generated/contract/keys.js': 'export const key = 1;',
    'src/log.ts': 'export const log = 1;',
    'src/invariant.ts': 'export const mustExist = 1;',
    'src/domain/pet.ts':
      "export type { Pet } from '../../generated/contract/messages/pet.js';\nexport { mustExist } from '../invariant.ts';",
    'src/handlers/pet.ts': "export type { Pet } from '../domain/pet.ts';",
    'src/transport/broker.ts':
      "export { key } from '../../generated/contract/keys.js';\nexport { log } from '../log.ts';",
    'src/consumer/lane.ts':
      "export { key } from '../transport/broker.ts';\nexport type { Pet } from '../domain/pet.ts';\nexport type { Pet as Handled } from '../handlers/pet.ts';",
    'src/main.ts': "export { key } from './consumer/lane.ts';",
    'scripts/docs.ts': "export { words } from '../generator/src/words.ts';",
    'generator/src/words.ts': 'export const words = 1;',
    'generator/test/words.test.ts': "export { words } from '../src/words.ts';",
  });
  expect(violations).toEqual([]);
});

test('reports each forbidden import with its rules', () => {
  const forbidden: [from: string, to: string, ...rules: string[]][] = [
    ['src/store/runs-no-unit-of-work.ts', 'src/unit-of-work/flush.ts', 'room-store'],
    ['src/transport/knows-no-pets.ts', 'src/domain/pet.ts', 'room-transport'],
    ['src/store/knows-no-handlers.ts', 'src/handlers/pet.ts', 'room-store'],
    ['src/domain/has-no-log.ts', 'src/log.ts', 'room-domain'],
    ['src/domain/has-no-codecs.ts', 'generated/contract/keys.js', 'room-domain'],
    ['src/domain/does-no-io.ts', 'node:fs', 'room-domain'],
    ['src/handlers/see-no-database.ts', 'src/store/rows.ts', 'room-handlers'],
    ['src/http/sees-no-broker.ts', 'src/transport/broker.ts', 'room-http'],
    ['src/operator/runs-no-consumer.ts', 'src/consumer/lane.ts', 'room-operator'],
    ['src/operator/needs-no-tools.ts', 'scripts/demo.ts', 'room-operator', 'service-stands-alone'],
    ['src/starts-nothing.ts', 'src/main.ts', 'only-main-knows-all'],
    ['src/alone.ts', 'scripts/topics.ts', 'service-stands-alone'],
    ['src/has-no-generator.ts', 'generator/src/words.ts', 'service-stands-alone'],
    ['generator/src/knows-no-service.ts', 'src/log.ts', 'generator-stands-alone'],
    ['generator/test/needs-no-scripts.ts', 'scripts/demo.ts', 'generator-stands-alone'],
    ['src/party/is-a-new-room.ts', 'src/log.ts', 'no-room-of-its-own'],
  ];
  const files: Record<string, string> = {};
  for (const [from, to] of forbidden) {
    if (to.startsWith('node:')) files[from] = `export * from '${to}';`;
    else {
      files[to] = 'export type T = 1;';
      // An import of a type is a dependency as well.
      files[from] = `import type { T } from './${relative(dirname(from), to)}';\nexport type U = T;`;
    }
  }
  expect(violationsIn(files)).toEqual(
    forbidden.flatMap(([from, , ...rules]) => rules.map((rule) => `${from}: ${rule}`)).sort(),
  );
});

test('reports a cycle', () => {
  const violations = violationsIn({
    'src/store/a.ts': "export { b } from './b.ts';\nexport const a = 1;",
    'src/store/b.ts': "export { a } from './a.ts';\nexport const b = 1;",
  });
  expect(violations).toContain('src/store/a.ts: no-cycle');
});
