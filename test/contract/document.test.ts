/** Tests that each check of asyncapi.yaml finds its fault, in a copy of the document that has one fault for each check. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { command, run, withFolder } from '../../generator/test/command.ts';
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
    ['a channel without a variable', /channel-topic .*channels\.petStatus\b/, '  petStatus:', 'x-env:', 'x-other:'],
    ['a channel without partitions', /channel-topic .*channels\.petCommand\b/, '', 'partitions: 4', 'x-partitions: 4'],
    ['an object without a title', /schema-title .*schemas\.SpawnBody\b/, '', 'title: SpawnBody', 'x: y'],
    ['an enum without a title', /schema-title .*schemas\.RejectedCommand\b/, '', 'title: RejectedCommand', 'x: y'],
    [
      'values with meanings without a title',
      /schema-title .*schemas\.DespawnReason\b/,
      '',
      'title: DespawnReason',
      'x: y',
    ],
    ['a payload without a title', /schema-title .*\bDeadLetter/, '', 'title: DeadLetterValue', 'x: y'],
    ['a type that is not the name', /message-name .*\.SlotChanged\b/, '', 'name: SLOT_CHANGED', 'name: SLOT_MOVED'],
    ['a type without a const', /message-type .*\bDespawn/, '', 'const: DESPAWN\n', 'type: string\n'],
    [
      'a type that is not required',
      /message-type .*\bExcludeChanged/,
      '    ExcludeChangedEvent:',
      'required: [petId, ownerId, type, body]',
      'required: [petId, ownerId, body]',
    ],
    [
      'a discriminator that is not the type',
      /discriminator .*\bCharacterLogin/,
      '    CharacterLoginEvent:',
      'type: object\n',
      'type: object\n      discriminator: worldId\n',
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
  const faults: readonly Fault[] = [
    ['a key of an unknown field', /^asyncapi\.yaml: line \d+ \(#\/components\/messageTraits\/keyedByOwner\/bindings\/kafka\/key\) has the x-key-field owner, which is no required field of the payload/m, '', 'x-key-field: ownerId', 'x-key-field: owner'], // prettier-ignore
    ['a header of an unknown encoding', /^asyncapi\.yaml: line \d+ \(#\/components\/messageTraits\/replayHeaders\/headers\/properties\/DEAD_LETTER_REPLAY_OF\) has x-encoding guid, which is unknown/m, '    replayHeaders:', 'x-encoding: uuid', 'x-encoding: guid'], // prettier-ignore
  ];
  const notes: readonly Fault[] = [
    ['a second trait with required headers', /^asyncapi\.yaml: line \d+ \(#\/components\/messages\/Spawn\/traits\) loses required headers where its traits merge: TENANT_ID, REGION, /m, '    traceHeaders:', 'type: object\n', 'type: object\n        required: [traceparent]\n'], // prettier-ignore
    ['an example with a wrong payload', wrongExample('AwardCloseness', 1, 'payload /body/amount must be <= 65535'), 'name: AWARD_CLOSENESS', 'amount: 65535', 'amount: 65536'], // prettier-ignore
    ['an example with wrong headers', wrongExample('Spawned', 0, 'headers /SEQUENCE must be string'), '', "SEQUENCE: '1'", 'SEQUENCE: 1'], // prettier-ignore
    ['a dead letter with wrong headers', wrongExample('DeadLetter', 1, 'headers /DEAD_LETTER_PARTITION must match pattern'), '', "PARTITION: '3'", "PARTITION: 'three'"], // prettier-ignore
    ['an example with an invalid key', wrongExample('Movement', 1, 'key (objectId) must be <= 4294967295'), 'name: MOVEMENT', 'objectId: 4294967295', 'objectId: 4294967296'], // prettier-ignore
    ['an example of two messages', wrongExample('CharacterLogout', 0, 'payload is as well one of messages.CharacterLogin'), '    CharacterLoginEvent:', 'const: LOGIN', 'const: LOGOUT'], // prettier-ignore
  ];

  // Notes come only if the rest is valid.
  const message = new Map<readonly Fault[], string>();
  beforeAll(async () => {
    message.set(faults, await refusal(withFaults(faults))).set(notes, await refusal(withFaults(notes)));
  });

  it.each(faults)('%s', (_what, expected) => {
    expect(message.get(faults)).toMatch(expected);
  });
  it.each(notes)('%s', (_what, expected) => {
    expect(message.get(notes)).toMatch(expected);
  });
});

/** Matches the note on an example: its location, and among its faults this one. */
function wrongExample(component: string, index: number, fault: string): RegExp {
  const location = `\\(#/components/messages/${component}/examples/${String(index)}\\)`;
  const asPattern = fault.replaceAll(/[()]/g, '\\$&');
  return new RegExp(`^asyncapi\\.yaml: line \\d+ ${location} is not a valid message.*[:;] ${asPattern}`, 'm');
}

/** Returns the lines of the generator for a document that it refuses: it does not get as far as the files. */
function refusal(document: string): Promise<string> {
  return withDocument(document, async (_path, folder) => {
    const args = ['generate', 'asyncapi.yaml', '--output', join(folder, 'contract'), '--strict'];
    const { code, stderr, stdout } = await command(args, folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  });
}

async function withDocument(document: string, use: (path: string, folder: string) => Promise<string>): Promise<string> {
  let message = '';
  await withFolder(async (folder) => {
    const path = join(folder, 'asyncapi.yaml');
    await writeFile(path, document);
    message = await use(path, folder);
  });
  return message;
}
