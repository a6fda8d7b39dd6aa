/** Tests docs/protocol.md as its readers use it; `npm run docs -- --check` tests that it is current. */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { examples, spawnExamples } from '../../generated/contract/examples.js';
import { CLOSENESS_TO_NEXT_LEVEL } from '../../src/domain/growth.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');
const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

it('has a heading for every message, and every topic', () => {
  const types: readonly string[] = examples.flatMap(({ type }) => type ?? []);
  const named = headings.filter((heading) => types.includes(heading));
  expect(named).toEqual(types);
  for (const { env } of channels) expect(page).toContain(`\`${env}\`.`);
});

it('has only links to headings that exist', () => {
  // The anchors that GitHub generates.
  const anchors = headings.map((heading, index) => {
    const before = headings.slice(0, index).filter((other) => other === heading).length;
    return heading.toLowerCase().replaceAll(' ', '-') + (before === 0 ? '' : `-${String(before)}`);
  });
  const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target);
  expect(targets.length).toBeGreaterThan(20);
  expect(targets.filter((target) => !anchors.includes(target ?? ''))).toEqual([]);
});

it('links each DELETED to the right one of three messages with that name', () => {
  const [character, asset, pet] = page.split('### DELETED').slice(1);
  expect(character).toContain('What comes back: [`DELETED`](#deleted-2)');
  expect(asset).toContain('2. [`DELETED`](#deleted-2)');
  expect(pet).toContain('Caused by [`DELETED`](#deleted) (character status), [`DELETED`](#deleted-1) (asset status).');
});

it('lists the closeness that each level needs', () => {
  const [, list = ''] = /closeness of\n\n([^.]+)\./.exec(page) ?? [];
  expect(list.split(',').map(Number)).toEqual(CLOSENESS_TO_NEXT_LEVEL);
});

it('has a TypeScript example that encodes the bytes that the page shows', async () => {
  const [, snippet = ''] = /```ts\n([^]*?)```/.exec(page) ?? [];
  const module = `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(snippet))}`;
  const { recordOf } = (await import(module)) as {
    recordOf(tenant: object, id: number, message: object): { key: Buffer; value: string; headers: object };
  };
  for (const { payload, headers } of spawnExamples) {
    const { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION } = headers;
    const tenant = { id: TENANT_ID, region: REGION, major: MAJOR_VERSION, minor: MINOR_VERSION };
    const record = recordOf(tenant, payload.petId, payload);
    const expected = petCommand.encode(payload, headers);
    expect({ key: record.key, value: Buffer.from(record.value) }).toEqual({ key: expected.key, value: expected.value });
    expect(expected.headers).toMatchObject(record.headers);
  }
  const bytes = (name: string) => new RegExp(`^\\| ${name}\\s+\\| \`([0-9a-f ]+)\``, 'm').exec(page)?.[1]?.replaceAll(' ', ''); // prettier-ignore
  const { key, value, headers } = petCommand.encode(spawnExamples[0]!.payload, spawnExamples[0]!.headers);
  expect([bytes('key'), bytes('value')]).toEqual([key?.toString('hex'), value?.toString('hex')]);
  for (const [name, header] of Object.entries(headers))
    expect([name, bytes(`header \`${name}\``)]).toEqual([name, Buffer.from(header as Buffer).toString('hex')]);
});
