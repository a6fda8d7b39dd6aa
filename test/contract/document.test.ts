import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { generate, root, run, withFolder } from './generate.ts';

const path = join(root, 'asyncapi.yaml');
const text = await readFile(path, 'utf8');

describe('asyncapi.yaml', () => {
  it('passes Spectral without a warning', async () => {
    const spectral = createRequire(import.meta.url).resolve('@stoplight/spectral-cli/dist/index.js');
    const { code, stdout } = await run(relative(root, spectral), 'lint', path, '--fail-severity=hint');
    expect(stdout).toMatch(/No results with a severity of 'hint' or higher found/);
    expect(code).toBe(0);
  });

  it('has bounds on every integer', () => {
    expect(unbounded(parse(text), '')).toEqual([]);
    expect(unbounded({ a: { type: ['integer', 'null'], minimum: 0 } }, '')).toEqual(['/a']);
  });
});

function unbounded(value: unknown, place: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { type, minimum, maximum } = value as { type?: unknown; minimum?: unknown; maximum?: unknown };
  const free = [type].flat().includes('integer') && (typeof minimum !== 'number' || typeof maximum !== 'number');
  return [
    ...(free ? [place] : []),
    ...Object.entries(value).flatMap(([name, inner]) => unbounded(inner, `${place}/${name}`)),
  ];
}

describe('a document that says too little', () => {
  // One document with all these faults: they are all named at once.
  const faults: readonly [string, string, string][] = [
    ['a channel without partitions', 'partitions: 4', 'x-partitions: 4'],
    ['a channel without a variable', 'x-env: EVENT_TOPIC_PET_STATUS', 'x-other: EVENT_TOPIC_PET_STATUS'],
    ['a schema without a name', 'title: SpawnBody', 'x-title: SpawnBody'],
    ['a second trait with required headers', 'traceHeaders:\n      headers:\n', 'traceHeaders:\n      headers:\n        required: [traceparent]\n'], // prettier-ignore
    ['a type that is not the name', 'name: SLOT_CHANGED', 'name: SLOT_MOVED'],
    ['a key of no field', 'x-key-field: ownerId', 'x-key-field: owner'],
  ];

  it('is refused, with everything that it lacks', async () => {
    const said = await refusal(faults.reduce((all, [, from, to]) => replaced(all, from, to), text));
    expect(said).toMatch(/channels\.petCommand has no partitions/);
    expect(said).toMatch(/channels\.petStatus has no x-env/);
    expect(said).toMatch(/messages\.Spawn has a schema without a title at payload\.body/);
    expect(said).toMatch(/channels\.petCommand loses required header TENANT_ID/);
    expect(said).toMatch(/messages\.SlotChanged is named SLOT_MOVED but has type SLOT_CHANGED/);
    expect(said).toMatch(/channels\.petStatus has a key whose x-key-field is no required field/);
  });

  it('is refused for an example that breaks the contract', async () => {
    const wrong = [
      ['amount: 65535', 'amount: 65536'],
      ["SEQUENCE: '1'", 'SEQUENCE: 1'],
      ["DEAD_LETTER_PARTITION: '3'", "DEAD_LETTER_PARTITION: 'three'"],
    ] as const;
    const said = await refusal(wrong.reduce((all, [from, to]) => replaced(all, from, to), text));
    expect(said).toMatch(/messages\.AwardCloseness example full: payload \/body\/amount must be <= 65535/);
    expect(said).toMatch(/messages\.Spawned example minimal: headers \/SEQUENCE must be string/);
    expect(said).toMatch(/messages\.DeadLetter example full: headers \/DEAD_LETTER_PARTITION must match pattern/);
  });
});

/** The first occurrence, which must be there. */
function replaced(all: string, from: string, to: string): string {
  expect(all).toContain(from);
  return all.replace(from, to);
}

/** What the generator says against a document. */
async function refusal(document: string): Promise<string> {
  let said = '';
  await withFolder(async (folder) => {
    const input = join(folder, 'asyncapi.yaml');
    await writeFile(input, document);
    const { code, stderr } = await generate('--check', '--input', input);
    expect(code).toBe(1);
    said = stderr;
  });
  return said;
}
