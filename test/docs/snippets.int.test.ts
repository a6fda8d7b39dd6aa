/** Runs every command of the README and of docs/ as it is written there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEFAULT_URL = 'http://127.0.0.1:8080';
/** Commands that other tests run, and which. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start': 'test/start/',
  'npm test': 'runs this test',
  'npm test -- test/domain': 'this is part of it',
  'npm test -- test/domain/slots': 'this is part of it',
  'npm run check': 'npm test begins with it',
  'npm run contract:pack': 'test/contract/published.int.test.ts',
  'npm ci --omit=dev': 'test/start/production.int.test.ts',
  'npm run service': 'test/start/production.int.test.ts',
  'npx asyncapi-kafka generate asyncapi.yaml --output generated': 'generator/test/command-line.test.ts',
  'npx asyncapi-kafka generate asyncapi.yaml --output contract --role client --language go --name example.com/shop/contract':
    'generator/test/go.test.ts',
  'go mod edit -require example.com/pet-service/petcontract@v0.0.0 -replace example.com/pet-service/petcontract=./petcontract':
    'test/contract/go.int.test.ts',
  'go mod edit -require example.com/pet-service/petcontract/petfranz@v0.0.0 -replace example.com/pet-service/petcontract/petfranz=./petcontract/petfranz':
    'test/contract/go.int.test.ts',
  'go mod tidy': 'test/contract/go.int.test.ts',
};

interface Snippet {
  readonly page: string;
  readonly command: string;
  /** The output that the page shows. */
  readonly output: string | undefined;
}

const pages = ['README.md', ...(await readdir(join(ROOT, 'docs'))).map((name) => join('docs', name))];
const snippets = (await Promise.all(pages.map(snippetsOf))).flat();

async function snippetsOf(page: string): Promise<Snippet[]> {
  const source = await readFile(join(ROOT, page), 'utf8');
  const blocks = source.matchAll(/```sh\n([^]*?)```(?:\n\n```json\n([^]*?)```)?/g);
  return [...blocks].flatMap(([, code = '', output]) => {
    const commands = code
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.replace(/\s+# .*/, '').trim());
    return commands.filter((command) => command !== '').map((command) => ({ page, command, output }));
  });
}

/** The demo waits for hunger, so the interval is short. */
const SHORT_HUNGER = { HUNGER_INTERVAL_MS: '2000' };

let rig: Rig;
let url: string;
beforeAll(async () => {
  rig = await createRig();
  ({ url } = await rig.start(SHORT_HUNGER));
});
afterAll(() => rig.close());

async function run(command: string): Promise<{ code: number | null; out: string; err: string }> {
  const shell = spawn('sh', ['-c', command.replaceAll(DEFAULT_URL, url)], {
    cwd: ROOT,
    env: { ...rig.environment, ...SHORT_HUNGER, PET_SERVICE_URL: url, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')]);
  return { code: shell.exitCode, out, err };
}

/** Returns the structure of a JSON value: ids and times differ in every run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

describe.each(snippets.filter(({ command }) => !(command in TESTED_ELSEWHERE)))(
  '$page: $command',
  ({ command, output }) => {
    it('succeeds, with the structure of the output that the page shows', async () => {
      const { code, out, err } = await run(command);
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
      if (output !== undefined) expect(shapeOf(JSON.parse(out))).toEqual(shapeOf(JSON.parse(output)));
    });
  },
);

it('has no entry for a command that no page has', () => {
  const commands = snippets.map(({ command }) => command);
  expect(commands).toEqual(expect.arrayContaining(Object.keys(TESTED_ELSEWHERE)));
});

it('package.json has every npm script that a page names', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const texts = await Promise.all(pages.map((page) => readFile(join(ROOT, page), 'utf8')));
  const named = texts.flatMap((page) => [...page.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
});

it('every file that a page names exists', async () => {
  const texts = await Promise.all(pages.map((page) => readFile(join(ROOT, page), 'utf8')));
  const named = texts.flatMap((page) =>
    [...page.matchAll(/`((?:src|test|scripts|docs|prisma|generator)\/[^`\s]*)`/g)].map(([, path]) => path ?? ''),
  );
  expect(named.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).toEqual([]);
});
