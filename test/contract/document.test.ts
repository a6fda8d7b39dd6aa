/** Tests that each check of asyncapi.yaml finds its fault, in a copy of the document that has one fault for each check. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { generate, run, withFolder } from '../../generator/test/command.ts';
import { ROOT } from '../../src/operator/folders.ts';

const text = await readFile(join(ROOT, 'asyncapi.yaml'), 'utf8');

/** A fault and its message; the first `from` after `anchor` becomes `to`. */
type Fault = readonly [what: string, message: RegExp, anchor: string, from: string, to: string];

const trait = (name: string) => `        - $ref: '#/components/messageTraits/${name}'\n`;
const correlation = "      correlationId:\n        $ref: '#/components/correlationIds/transactionId'\n";

/** Returns the document with all these faults: the check must report each. */
function withFaults(faults: readonly Fault[]): string {
  return faults.reduce((all, [what, , anchor, from, to]) => {
    const start = all.indexOf(anchor);
    const at = all.indexOf(from, start);
    if (start < 0 || at < 0) throw new Error(`the document has no text to change for: ${what}`);
    return all.slice(0, at) + to + all.slice(at + from.length);
  }, text);
}

describe('the rules of .spectral.yaml', () => {
  const faults: readonly Fault[] = [
    ['an integer without maximum', /integer-bounds .*\.WorldId\b/, '    WorldId:', 'maximum: 255', 'x-maximum: 255'],
    ['a header without minimum', /integer-bounds .*\.MAJOR_VERSION/, 'MAJOR_VERSION:\n', 'minimum: 0', 'x-minimum: 0'],
    ['a number or null', /integer-bounds .*\.OldMapId\b/, '    OldMapId:', 'maximum: 4294967295', 'x-maximum: 1'],
    ['a message without a trace header', /message-headers .*\.Spawn\b/, 'name: SPAWN\n', trait('traceHeaders'), ''],
    [
      'a message without tenant headers',
      /message-headers .*\.Spawned\b/,
      'name: SPAWNED\n',
      trait('tenantHeaders'),
      '',
    ],
    ['a message without a key', /message-key .*\.Despawn\b/, 'name: DESPAWN\n', trait('keyedByPet'), ''],
    ['a command without a correlation id', /message-correlation .*\.Exclude\b/, 'name: EXCLUDE\n', correlation, ''],
    [
      'a correlation id at the wrong path',
      /message-correlation .*\.bodyTransactionId/,
      '#/body/trans',
      '#/body/',
      '#/',
    ],
    ['a channel without tags', /tags .*channels\.petMovement\b/, '  petMovement:', 'tags:', 'x-tags:'],
    ['an operation without tags', /tags .*operations\.sendPetStatus\b/, '  sendPetStatus:', 'tags:', 'x-tags:'],
    ['a message without tags', /tags .*messages\.Movement\b/, '    Movement:\n      name:', 'tags:', 'x-tags:'],
    [
      'a message without a minimal example',
      /message-examples .*\.Rejected\b/,
      'name: REJECTED\n',
      'name: minimal',
      'name: least',
    ],
    [
      'a message without a full example',
      /message-examples .*\.LevelChanged\b/,
      'name: LEVEL_CHANGED\n',
      'name: full',
      'name: most',
    ],
  ];
  let message: string;
  beforeAll(async () => {
    message = await withDocument(withFaults(faults), async (path) => {
      const spectral = createRequire(import.meta.url).resolve('@stoplight/spectral-cli/dist/index.js');
      const args = ['lint', '--fail-severity=hint', '--ruleset', '.spectral.yaml', path];
      const { code, stdout } = await run(spectral, args, ROOT);
      expect(code).toBe(1);
      return stdout;
    });
  });

  it.each(faults)('report %s', (_what, expected) => {
    expect(message).toMatch(expected);
  });
});

describe('the generator rejects a document with', () => {
  const shape: readonly Fault[] = [
    ['a channel without partitions', /channels\.petCommand has no partitions/, '', 'partitions: 4', 'x-partitions: 4'],
    ['a channel without a variable', /channels\.petStatus has no x-env/, '  petStatus:', 'x-env:', 'x-other:'],
    ['a schema without a name', /Spawn has a schema without a title at payload\.body/, '', 'title: SpawnBody', 'x: y'],
    ['a second trait with required headers', /channels\.petCommand loses required header TENANT_ID/, '    traceHeaders:', 'type: object\n', 'type: object\n        required: [traceparent]\n'], // prettier-ignore
    ['a type that is not the name', /SlotChanged is named SLOT_MOVED but has type SLOT_CHANGED/, '', 'name: SLOT_CHANGED', 'name: SLOT_MOVED'], // prettier-ignore
    ['a type without a const', /channels\.petCommand has several messages but no discriminator/, '', 'const: DESPAWN\n', 'type: string\n'], // prettier-ignore
    ['a discriminator without a const', /messages\.CharacterLogin has no const worldId/, '    CharacterLoginEvent:', 'type: object\n', 'type: object\n      discriminator: worldId\n'], // prettier-ignore
    ['a key of an unknown field', /petStatus has a key whose x-key-field is no required field/, '', 'x-key-field: ownerId', 'x-key-field: owner'], // prettier-ignore
  ];
  const examples: readonly Fault[] = [
    ['an example with a wrong payload', /AwardCloseness example full: payload \/body\/amount must be <= 65535/, 'name: AWARD_CLOSENESS', 'amount: 65535', 'amount: 65536'], // prettier-ignore
    ['an example with wrong headers', /Spawned example minimal: headers \/SEQUENCE must be string/, '', "SEQUENCE: '1'", 'SEQUENCE: 1'], // prettier-ignore
    ['a dead letter with wrong headers', /DeadLetter example full: headers \/DEAD_LETTER_PARTITION must match pattern/, '', "PARTITION: '3'", "PARTITION: 'three'"], // prettier-ignore
    ['an example with an invalid key', /Movement example full: key \(objectId\) must be <= 4294967295/, 'name: MOVEMENT', 'objectId: 4294967295', 'objectId: 4294967296'], // prettier-ignore
    ['an example of two messages', /CharacterLogout example minimal: payload is as well one of messages\.CharacterLogin/, '    CharacterLoginEvent:', 'const: LOGIN', 'const: LOGOUT'], // prettier-ignore
  ];

  // Examples are checked if the rest is valid. Two messages of one type have no discriminator, unless the document names one.
  const message = new Map<readonly Fault[], string>();
  beforeAll(async () => {
    const named = withFaults(examples)
      .replace('name: LOGIN\n', 'name: LOGOUT\n')
      .replace('title: CharacterLoginEvent\n', '$&      discriminator: type\n');
    message.set(shape, await refusal(withFaults(shape))).set(examples, await refusal(named));
  });

  it.each(shape)('%s', (_what, expected) => {
    expect(message.get(shape)).toMatch(expected);
  });
  it.each(examples)('%s', (_what, expected) => {
    expect(message.get(examples)).toMatch(expected);
  });
});

/** Returns the error of the generator for a document. */
function refusal(document: string): Promise<string> {
  return withDocument(document, async (path) => {
    const { code, stderr } = await generate(path, '--output', join(ROOT, 'generated/contract'), '--check');
    expect(code).toBe(1);
    return stderr;
  });
}

async function withDocument(document: string, use: (path: string) => Promise<string>): Promise<string> {
  let message = '';
  await withFolder(async (folder) => {
    const path = join(folder, 'asyncapi.yaml');
    await writeFile(path, document);
    message = await use(path);
  });
  return message;
}
