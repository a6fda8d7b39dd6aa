/** Every command in the README and in docs/ works as it stands there. */
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
/** Commands that are run elsewhere. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start': 'test/start/',
  'npm test': 'this is part of it',
  'npm ci --omit=dev': 'test/start/production.int.test.ts',
  'npm run service': 'test/start/production.int.test.ts',
};

interface Snippet {
  readonly page: string;
  readonly command: string;
  /** What the page says that comes of it. */
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

/** The demo waits for hunger. */
const HURRY = { HUNGER_INTERVAL_MS: '2000' };

let rig: Rig;
let url: string;
beforeAll(async () => {
  rig = await createRig();
  ({ url } = await rig.start(HURRY));
});
afterAll(() => rig.close());

async function run(command: string): Promise<{ code: number | null; out: string; err: string }> {
  const shell = spawn('sh', ['-c', command.replaceAll(DEFAULT_URL, url)], {
    cwd: ROOT,
    env: { ...rig.environment, ...HURRY, PET_SERVICE_URL: url, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')]);
  return { code: shell.exitCode, out, err };
}

/** What is there, not which ids and times. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

describe.each(snippets.filter(({ command }) => !(command in ELSEWHERE)))('$page: $command', ({ command, output }) => {
  it('works', async () => {
    const { code, out, err } = await run(command);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    if (output !== undefined) expect(shapeOf(JSON.parse(out))).toEqual(shapeOf(JSON.parse(output)));
  });
});

it('what is run elsewhere is there', () => {
  const commands = snippets.map(({ command }) => command);
  expect(commands).toEqual(expect.arrayContaining(Object.keys(ELSEWHERE)));
});

it('every npm script that a page names is there', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const texts = await Promise.all(pages.map((page) => readFile(join(ROOT, page), 'utf8')));
  const named = texts.flatMap((page) => [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
});

it('every file that a page names is there', async () => {
  const texts = await Promise.all(pages.map((page) => readFile(join(ROOT, page), 'utf8')));
  const named = texts.flatMap((page) =>
    [...page.matchAll(/`((?:src|test|scripts|docs|prisma)\/[^`\s]*)`/g)].map(([, path]) => path ?? ''),
  );
  expect(named.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).toEqual([]);
});
