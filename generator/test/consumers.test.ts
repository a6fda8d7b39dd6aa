/** Declarations of consumers against a document of another world: what is accepted, and a sentence for each kind of fault. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConsumers } from '../src/consumers/consumers.ts';
import { fieldOf, ITEMS, pathText } from '../src/consumers/fields.ts';
import type { FieldPath } from '../src/consumers/fields.ts';
import { guaranteeOf } from '../src/consumers/guarantee.ts';
import { contractOf } from '../src/contract.ts';
import { loadDocument } from '../src/document.ts';
import { withFolder } from './command.ts';

const DOCUMENT = `
asyncapi: 3.0.0
info: { title: Harbour, version: 1.0.0 }
channels:
  requests:
    x-unknown-types: skip
    messages:
      Moor: { $ref: '#/components/messages/Moor' }
      Leave: { $ref: '#/components/messages/Leave' }
  tugs:
    messages:
      Tow: { payload: { type: object, required: [kind], properties: { kind: { const: tow } } } }
  notices:
    messages:
      Moored: { $ref: '#/components/messages/Moored' }
      Notice: { $ref: '#/components/messages/Notice' }
  archive:
    messages:
      Moored: { $ref: '#/components/messages/Moored' }
  pictures:
    messages:
      Picture: { contentType: image/png, payload: { type: string } }
operations:
  onRequest: { action: receive, channel: { $ref: '#/channels/requests' } }
  onTug: { action: receive, channel: { $ref: '#/channels/tugs' } }
  sendNotice: { action: send, channel: { $ref: '#/channels/notices' } }
  sendArchive: { action: send, channel: { $ref: '#/channels/archive' } }
  sendPicture: { action: send, channel: { $ref: '#/channels/pictures' } }
components:
  messages:
    Moor:
      headers: { type: object, required: [port], properties: { port: { type: string } } }
      payload:
        type: object
        required: [kind, ship]
        properties: { kind: { const: moor }, ship: { type: integer, minimum: 1 } }
      bindings: { kafka: { key: { type: string } } }
    Leave:
      headers: { type: object, required: [port], properties: { port: { type: string } } }
      payload: { type: object, required: [kind], properties: { kind: { const: leave } } }
      bindings: { kafka: { key: { type: string } } }
    Moored:
      headers: { type: object, required: [port], properties: { port: { type: string }, note: { type: string } } }
      payload:
        type: object
        required: [kind, berth, crew, tide]
        properties:
          kind: { const: moored }
          berth: { type: object, required: [number], properties: { number: { type: integer }, side: { type: string } } }
          crew: { type: array, items: { type: object, required: [name], properties: { name: { type: string } } } }
          tide: { type: [integer, 'null'] }
          pilot: { type: object, required: [name], properties: { name: { type: string } } }
    Notice:
      payload: { type: object, required: [kind], properties: { kind: { const: notice } } }
`;

const document = await loadDocument(DOCUMENT, 'harbour.yaml');
const { contract } = contractOf(document, 'harbour.yaml', 'service');

/** A declaration without faults. */
const PILOTS = `team: pilots
summary: Bring ships in.
contact: the tower
reader: strict
sends:
  - message: Moor
    examples:
      - summary: A ship arrives.
        given: a free berth
        key: ship 7
        headers: &headers { port: north, colour: red }
        payload: { kind: moor, ship: 7, tons: 3 }
        causes: [Moored, Notice]
  - channel: requests
    outcome: skipped
    examples:
      - { summary: A ship whistles., headers: *headers, payload: { kind: whistle } }
reads:
  - message: Moored
    channel: notices
    fields: [kind, berth.number, berth.side?, 'crew[].name', tide?, pilot.name?]
    headers: [port, note?]
  - message: Notice
http:
  - { method: GET, path: /berths }
`;

/** Returns the lines of the error; empty if the declarations have no faults. */
async function faultsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  let lines: string[] = [];
  await withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    lines = await loadConsumers(folder, contract).then(
      () => [],
      (error: unknown) => (error as Error).message.replaceAll(`${folder}/`, '').split('\n'),
    );
  });
  return lines;
}

describe('the declarations of a folder', () => {
  it('are read, with the messages of the contract', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'pilots.yaml'), PILOTS);
      await writeFile(join(folder, 'guests.yaml'), 'team: guests\nsummary: Watch ships.\n');
      await mkdir(join(folder, 'old'));
      const [guests, pilots] = await loadConsumers(folder, contract);
      expect(guests).toMatchObject({ team: 'guests', reader: 'tolerant', sends: [], reads: [] });
      expect(pilots).toMatchObject({
        team: 'pilots',
        contact: 'the tower',
        reader: 'strict',
        file: join(folder, 'pilots.yaml'),
        sends: [
          { channel: { key: 'requests' }, message: { component: 'Moor' }, examples: [{ given: 'a free berth' }] },
          { channel: { key: 'requests' }, message: undefined },
        ],
        reads: [
          { channel: { key: 'notices' }, message: { component: 'Moored' } },
          { message: { component: 'Notice' } },
        ],
      });
      expect(pilots?.reads[0]?.fields.map(({ path, isOptional }) => [pathText(path), isOptional])).toEqual([
        ['kind', false],
        ['berth.number', false],
        ['berth.side', true],
        ['crew[].name', false],
        ['tide', true],
        ['pilot.name', true],
      ]);
      expect(pilots?.reads[0]?.headers.map(({ path, isOptional }) => [path, isOptional])).toEqual([
        [['port'], false],
        [['note'], true],
      ]);
    });
  });

  it('must be there', async () => {
    expect(await faultsOf({ 'readme.md': '' })).toEqual([expect.stringMatching(/: has no declarations; add a file <team>\.yaml$/)]); // prettier-ignore
    await expect(loadConsumers('nowhere', contract)).rejects.toThrow('nowhere: cannot be read');
  });
});

/** A fault: what becomes of `from` in the declaration without faults, and the line. */
const FAULTS: readonly (readonly [what: string, from: string, to: string, line: string])[] = [
  ['no YAML', 'team: pilots', 'team: [pilots', 'line 1 (#) is no YAML: deficient indentation at line 2, column 1'], // prettier-ignore
  ['no summary', 'summary: Bring ships in.', '', "line 1 (#) has no 'summary'; add it"],
  ['an unknown key', 'reader: strict', 'readers: strict', 'line 4 (#/readers) is not known here; use one of team, summary, contact, reader, sends, reads, http'], // prettier-ignore
  ['an unknown reader', 'reader: strict', 'reader: lazy', 'line 4 (#/reader) must be one of tolerant, strict'],
  ['a value of another type', 'causes: [Moored, Notice]', 'causes: Moored', 'line 13 (#/sends/0/examples/0/causes) must be array'], // prettier-ignore
  ['neither message nor channel', '  - message: Moor\n    examples', '  - examples', "line 6 (#/sends/0) has no 'message'; add it"], // prettier-ignore
  ['a skipped message with a name', '    outcome: skipped', '    outcome: skipped\n    message: Moor', 'line 16 (#/sends/1/message) is not possible for skipped messages, which the document does not have; remove it'], // prettier-ignore
  ['another name than the file', 'team: pilots', 'team: pirates', 'line 1 (#/team) is pirates, but the name of the file is pilots.yaml; give both the same name'], // prettier-ignore
  ['an unknown message that is sent', 'message: Moor\n', 'message: Dock\n', 'line 6 (#/sends/0/message) names the message Dock, which the contract does not have; the service receives Moor, Leave, Tow'], // prettier-ignore
  ['an unknown message that is read', 'message: Notice', 'message: News', 'line 23 (#/reads/1/message) names the message News, which the contract does not have; the service sends Moored, Notice, Picture'], // prettier-ignore
  ['a message that the service sends', 'message: Moor\n', 'message: Notice\n', "line 6 (#/sends/0/message) names Notice, which the service itself sends; move it to 'reads'"], // prettier-ignore
  ['a message that the service receives', 'message: Notice', 'message: Leave', "line 23 (#/reads/1/message) names Leave, which the service receives and does not send; move it to 'sends'"], // prettier-ignore
  ['an unknown channel', 'channel: notices', 'channel: news', 'line 19 (#/reads/0/message) is on the channel news, which the contract does not have; it has requests, tugs, notices, archive, pictures'], // prettier-ignore
  ['another channel', 'channel: notices', 'channel: tugs', 'line 19 (#/reads/0/message) names Moored, which is not on the channel tugs, but on notices, archive'], // prettier-ignore
  ['one of several channels', '    channel: notices\n', '', "line 19 (#/reads/0/message) names Moored, which is on the channels notices, archive; name one of them as 'channel'"], // prettier-ignore
  ['a message twice', 'message: Notice', 'message: Moored\n    channel: notices', 'line 23 (#/reads/1/message) names Moored a second time; add what is here to #/reads/0'], // prettier-ignore
  ['an invalid payload', 'ship: 7', 'ship: 0', 'line 8 (#/sends/0/examples/0) is no valid Moor: payload /ship must be >= 1; correct the example'], // prettier-ignore
  ['a missing header', 'port: north, ', '', "line 8 (#/sends/0/examples/0) is no valid Moor: headers must have required property 'port'; correct the example"], // prettier-ignore
  ['an invalid key', 'key: ship 7', 'key: 7', "line 10 (#/sends/0/examples/0/key) must be string, by the key's schema"],
  ['an unknown cause', 'causes: [Moored', 'causes: [Moor', 'line 13 (#/sends/0/examples/0/causes/0) names the message Moor, which the service does not send; it sends Moored, Notice, Picture'], // prettier-ignore
  ['a skipped message of the contract', 'kind: whistle', 'kind: leave', "line 17 (#/sends/1/examples/0) is a message Leave of the contract, so it is not skipped; move it to 'message: Leave'"], // prettier-ignore
  ['a skipped message without a type', 'kind: whistle', 'sound: whistle', "line 17 (#/sends/1/examples/0) has no text in 'kind', which makes it invalid instead of skipped"], // prettier-ignore
  ['a skipped message where none is skipped', 'channel: requests', 'channel: tugs', 'line 15 (#/sends/1/outcome) is not possible on the channel tugs, where messages that are not in the contract are invalid'], // prettier-ignore
  ['a skipped message on a channel that is only sent', 'channel: requests', 'channel: notices', 'line 14 (#/sends/1/channel) is notices, where the service receives nothing; use one of requests, tugs'], // prettier-ignore
  ['an unknown field', 'fields: [kind', 'fields: [type', 'line 21 (#/reads/0/fields/0) is no field of Moored, which has kind, berth, crew, tide, pilot'], // prettier-ignore
  ['an unknown inner field', 'pilot.name?', 'pilot.age?', 'line 21 (#/reads/0/fields/5) is no field of pilot of Moored, which has name'], // prettier-ignore
  ['a field that may be missing', 'berth.side?', 'berth.side', 'line 21 (#/reads/0/fields/2) may be missing in Moored; if the team can do without it, write berth.side?'], // prettier-ignore
  ['a field of an object that may be missing', 'pilot.name?', 'pilot.name', 'line 21 (#/reads/0/fields/5) is not guaranteed in Moored because pilot may be missing; if the team can do without it, write pilot.name?'], // prettier-ignore
  ['a field that may be null', 'tide?', 'tide', 'line 21 (#/reads/0/fields/4) may be null in Moored; if the team can do without it, write tide?'], // prettier-ignore
  ['an unknown header', 'headers: [port', 'headers: [harbour', 'line 22 (#/reads/0/headers/0) is no header of Moored, which has port, note'], // prettier-ignore
  ['a header that may be missing', 'note?]', 'note]', 'line 22 (#/reads/0/headers/1) may be missing in Moored; if the team can do without it, write note?'], // prettier-ignore
  ['fields of a message without fields', 'message: Notice', 'message: Picture\n    fields: [width]', 'line 24 (#/reads/1/fields) names fields of Picture, which is no JSON; remove them'], // prettier-ignore
];

describe('a declaration with', () => {
  it.each(FAULTS)('%s has a line that names it', async (_what, from, to, line) => {
    expect(PILOTS).toContain(from);
    const lines = await faultsOf({ 'pilots.yaml': PILOTS.replace(from, () => to) });
    expect(lines[0]).toContain(`pilots.yaml: ${line}`);
    expect(lines).toHaveLength(1);
  });

  it('a key on a channel without keys has a line that names it', async () => {
    const text = `team: tugs\nsummary: Tow.\nsends:\n  - message: Tow\n    examples:\n      - { summary: One tows., key: 1, payload: { kind: tow } }\n`; // prettier-ignore
    expect(await faultsOf({ 'tugs.yaml': text })).toEqual([
      'tugs.yaml: line 6 (#/sends/0/examples/0/key) is a key, and the records of the channel tugs have none; remove it',
    ]);
  });

  it('the team of another file has a line that names both files', async () => {
    expect(await faultsOf({ 'pilots.yaml': PILOTS, 'pilots.yml': PILOTS })).toEqual([
      'pilots.yml: line 1 (#/team) is declared by pilots.yaml too; keep one file for a team',
    ]);
  });

  it('several faults has a line for each, of all files', async () => {
    const faulty = PILOTS.replace('tide?', 'tide').replace('note?', 'note');
    expect(await faultsOf({ 'pilots.yaml': faulty, 'guests.yaml': 'team: guests\n' })).toHaveLength(3);
  });
});

describe('a field', () => {
  it.each<[text: string, path: FieldPath, isOptional: boolean]>([
    ['a', ['a'], false],
    ['a.b?', ['a', 'b'], true],
    ['a[].b', ['a', ITEMS, 'b'], false],
    ['[][].a[]', [ITEMS, ITEMS, 'a', ITEMS], false],
    [String.raw`a\.b.c\?`, ['a.b', 'c?'], false],
    [String.raw`a\[]?`, ['a[]'], true],
  ])('%s is read, and written again', (text, path, isOptional) => {
    expect(fieldOf(text)).toEqual({ text, path, isOptional });
    expect(fieldOf(pathText(path)).path).toEqual(path);
  });
});

describe('a schema guarantees', () => {
  const a = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
  const optional = { type: 'object', properties: { a: { type: 'string' } } };
  const loop: { type: string; properties: Record<string, object>; required: string[] } = {
    type: 'object',
    required: ['next', 'a'],
    properties: { a: { type: 'string' } },
  };
  loop.properties['next'] = loop;
  const many = { anyOf: Array.from({ length: 40 }, () => a) };

  it.each<[what: string, schema: object, field: string, kind: string]>([
    ['a required field', a, 'a', 'guaranteed'],
    ['no optional field', optional, 'a', 'may be missing'],
    ['a field that another part of allOf requires', { allOf: [optional, { required: ['a'] }] }, 'a', 'guaranteed'],
    ['a field that each alternative has', { oneOf: [a, { ...a, title: 'b' }] }, 'a', 'guaranteed'],
    ['no field that one alternative has not', { anyOf: [a, { type: 'object', properties: { b: {} } }] }, 'a', 'may be missing'], // prettier-ignore
    ['no field of an alternative that is no object', { anyOf: [a, { type: 'string' }] }, 'a', 'may be missing'],
    ['no field next to null', { oneOf: [a, { type: 'null' }] }, 'a', 'may be null'],
    ['a field in spite of an alternative that its type excludes', { type: 'object', oneOf: [a, { type: 'null' }] }, 'a', 'guaranteed'], // prettier-ignore
    ['a field of both branches of a condition', { if: { required: ['x'] }, then: a, else: a }, 'a', 'guaranteed'],
    [
      'no field of one branch of a condition',
      { type: 'object', if: { required: ['x'] }, then: a },
      'a',
      'may be missing',
    ],
    ['a field of any depth of a schema within itself', loop, 'next.next.next.a', 'guaranteed'],
    ['no field of a value without a type', { type: 'object', required: ['a'], properties: { a: {} } }, 'a', 'may be null'], // prettier-ignore
    ['a constant', { required: ['a'], properties: { a: { const: 1 } } }, 'a', 'guaranteed'],
    ['no constant null', { required: ['a'], properties: { a: { enum: [1, null] } } }, 'a', 'may be null'],
    ['an enum without null, whatever its type', { required: ['a'], properties: { a: { type: ['string', 'null'], enum: ['x'] } } }, 'a', 'guaranteed'], // prettier-ignore
    ['a required field of a map', { type: 'object', required: ['a'], additionalProperties: { type: 'string' } }, 'a', 'guaranteed'], // prettier-ignore
    ['a required field by a pattern', { required: ['a1'], patternProperties: { '^a\\d': { type: 'string' } } }, 'a1', 'guaranteed'], // prettier-ignore
    ['no field that it does not describe', { ...a, additionalProperties: true }, 'b', 'unknown'],
    ['the items of a list', { type: 'array', items: a }, '[].a', 'guaranteed'],
    ['the items of each position', { type: 'array', items: [a, a], additionalItems: false }, '[].a', 'guaranteed'],
    ['no items of one position', { type: 'array', items: [a, optional], additionalItems: false }, '[].a', 'may be missing'], // prettier-ignore
    ['no items of unknown rules', { type: 'array' }, '[]', 'unknown'],
    ['something of many alternatives', { allOf: [many, many, many, a] }, 'a', 'guaranteed'],
    ['nothing more than a schema that contains itself', { allOf: [a, { $comment: 'x' }] }, 'a', 'guaranteed'],
  ])('%s', (_what, schema, field, kind) => {
    expect(guaranteeOf(schema, fieldOf(field).path).kind).toBe(kind);
  });
});
