/** docs/protocol.md as its readers use it; whether it is current is looked at by `npm run docs -- --check`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.ts';
import { examples } from '../../generated/contract/examples.ts';
import { CLOSENESS_TO_NEXT_LEVEL } from '../../src/domain/growth.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');
const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

it('has a heading for every message, and every topic', () => {
  const types: readonly string[] = examples.flatMap(({ type }) => type ?? []);
  const named = headings.filter((heading) => types.includes(heading));
  expect(named).toEqual(types);
  for (const { env } of channels) expect(page).toContain(`\`${env}\`.`);
});

it('has links that lead somewhere', () => {
  // As GitHub makes them.
  const anchors = headings.map((heading, index) => {
    const before = headings.slice(0, index).filter((other) => other === heading).length;
    return heading.toLowerCase().replaceAll(' ', '-') + (before === 0 ? '' : `-${String(before)}`);
  });
  const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target);
  expect(targets.length).toBeGreaterThan(20);
  expect(targets.filter((target) => !anchors.includes(target ?? ''))).toEqual([]);
});

it('links each event to the DELETED that it means', () => {
  const [character, asset, pet] = page.split('### DELETED').slice(1);
  expect(character).toContain('What comes back: [`DELETED`](#deleted-2)');
  expect(asset).toContain('2. [`DELETED`](#deleted-2)');
  expect(pet).toContain('Comes of [`DELETED`](#deleted) (character status), [`DELETED`](#deleted-1) (asset status).');
});

it('knows what closeness each level needs', () => {
  const [, list = ''] = /closeness of\n\n([^.]+)\./.exec(page) ?? [];
  expect(list.split(',').map(Number)).toEqual(CLOSENESS_TO_NEXT_LEVEL);
});
