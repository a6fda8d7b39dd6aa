/** The gate's own loader reads what the parser of AsyncAPI reads. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { contractOf } from '../../src/contract.ts';
import { readDocument } from '../../src/diff/load.ts';
import { loadDocument } from '../../src/document.ts';

const FOLDER = resolve(import.meta.dirname, '..');
const DOCUMENTS = [
  resolve(FOLDER, '../../asyncapi.yaml'),
  join(FOLDER, 'other.asyncapi.yaml'),
  ...readdirSync(join(FOLDER, 'documents')).map((name) => join(FOLDER, 'documents', name)),
];

const noFiles = () => {
  throw new Error('there are no other files');
};

/** Reads files of a folder `farm`. */
const filesIn = (files: Readonly<Record<string, string>>) => (path: string) => {
  const text = files[path];
  return text === undefined ? noFiles() : { name: `farm/${path}`, text };
};

/** Schemas that have no name in the document get one from the parser, which nothing depends on. */
function plain(value: unknown, seen: readonly unknown[] = []): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (seen.includes(value)) return `^${String(seen.length - seen.indexOf(value))}`;
  if (Array.isArray(value)) return value.map((item) => plain(item, [...seen, value]));
  const entries = Object.entries(value).filter(([name]) => !name.startsWith('x-parser-'));
  return Object.fromEntries(entries.map(([name, item]) => [name, plain(item, [...seen, value])]));
}

describe.each(DOCUMENTS)('%s', (path) => {
  it('has the same contract as with the parser', async () => {
    const text = readFileSync(path, 'utf8');
    const expected = contractOf(await loadDocument(text, 'document'), 'document', 'service').contract;
    const actual = contractOf(readDocument(text, 'document', noFiles), 'document', 'service').contract;
    expect(plain(actual)).toEqual(plain(expected));
  });
});

describe('a document of several files', () => {
  const files: Record<string, string> = {
    'parts/messages.yaml':
      'Sown: { payload: { $ref: "./schemas.yaml#/Seed" }, traits: [{ $ref: "#/traits/Common" }] }\ntraits: { Common: { headers: { type: object, required: [id], properties: { id: { type: string } } } } }',
    'parts/schemas.yaml':
      'Seed: { type: object, required: [kind], properties: { kind: { $ref: "#/Kind" }, next: { $ref: "#/Seed" } } }\nKind: { type: string, enum: [bean, pea] }',
  };
  const text =
    'asyncapi: 3.0.0\ninfo: { title: Farm, version: 1.0.0 }\nchannels: { seeds: { address: seeds, messages: { Sown: { $ref: "parts/messages.yaml#/Sown" } } } }';

  it('is read with what it refers to', () => {
    const document = readDocument(text, 'farm.yaml', filesIn(files));
    const message = document.resolved.channels?.['seeds']?.messages?.['Sown'];
    expect(message?.headers?.required).toEqual(['id']);
    expect(message?.payload?.properties?.['kind']?.enum).toEqual(['bean', 'pea']);
    expect(message?.payload?.properties?.['next']).toBe(message?.payload);
  });

  it('reads each file once', () => {
    const read: string[] = [];
    readDocument(text, 'farm.yaml', (path) => {
      read.push(path);
      return filesIn(files)(path);
    });
    expect(read).toEqual(['parts/messages.yaml', 'parts/schemas.yaml']);
  });

  it('names the reference that leads nowhere, with its file', () => {
    const { 'parts/messages.yaml': messages = '' } = files;
    expect(() => readDocument(text, 'farm.yaml', filesIn({ 'parts/messages.yaml': messages }))).toThrow(
      'farm.yaml: line 1 (#/Sown/payload) of farm/parts/messages.yaml refers to ./schemas.yaml#/Seed, which is not there',
    );
  });

  it('names files that only refer to each other', () => {
    const circle = { 'parts/messages.yaml': '{ Sown: { $ref: a.yaml } }', 'parts/a.yaml': '{ $ref: b.yaml }', 'parts/b.yaml': '{ $ref: a.yaml }' }; // prettier-ignore
    expect(() => readDocument(text, 'farm.yaml', filesIn(circle))).toThrow(
      'refers to parts/messages.yaml#/Sown, which',
    );
  });

  it('names the reference that leads nowhere', () => {
    expect(() => readDocument(text, 'farm.yaml', noFiles)).toThrow(
      'farm.yaml: line 3 (#/channels/seeds/messages/Sown) refers to parts/messages.yaml#/Sown, which is not there',
    );
  });
});

describe('a reference', () => {
  const referring = (reference: string) =>
    `asyncapi: 3.0.0\nchannels: { seeds: { messages: { Sown: { payload: { $ref: "${reference}" } } } } }`;
  const payloadOf = (reference: string, files: Readonly<Record<string, string>> = {}) =>
    readDocument(referring(reference), 'farm.yaml', filesIn(files)).resolved.channels?.['seeds']?.messages?.['Sown']
      ?.payload;

  it.each([
    ['#components/schemas/Seed', 'refers to #components/schemas/Seed, which is not there'],
    ['#Seed', 'refers to #Seed, which is not there'],
    ['seed.yaml#Seed', 'refers to seed.yaml#Seed, which is not there'],
    ['https://farm.example/seed.yaml', 'refers to https://farm.example/seed.yaml, which is a URL; only files are read'],
  ])('to %s is refused with its line', (reference, sentence) => {
    expect(() => payloadOf(reference, { 'seed.yaml': 'Seed: { type: string }' })).toThrow(
      `farm.yaml: line 2 (#/channels/seeds/messages/Sown/payload) ${sentence}`,
    );
  });

  it.each([
    ['', 'farm.yaml: line 2 (#/channels/seeds/messages/Sown/payload) refers to seed.yaml, which is empty'],
    ['# nothing', 'refers to seed.yaml, which is empty'],
    ['- a', 'refers to seed.yaml, which is a list, and must be an object'],
    ['seed', 'refers to seed.yaml, which is a text, and must be an object'],
    [
      'type: string\nenum: [',
      'farm/seed.yaml: unexpected end of the stream within a flow collection at line 2, column 8',
    ],
  ])('to a file with %j is refused', (text, sentence) => {
    expect(() => payloadOf('seed.yaml', { 'seed.yaml': text })).toThrow(sentence);
  });

  it('to a list is followed if the field has a list', () => {
    const text = referring('seed.yaml')
      .replace('{ $ref', '{ type: string, enum: { $ref')
      .replace(/( \}){5}$/, '$& }');
    const { resolved } = readDocument(text, 'farm.yaml', filesIn({ 'seed.yaml': '[bean, pea]' }));
    expect(resolved.channels?.['seeds']?.messages?.['Sown']?.payload?.enum).toEqual(['bean', 'pea']);
  });

  it.each(['seed.yaml', 'seed.yaml#', 'seed.yaml#/'])('to %s is one to the whole file', (reference) => {
    expect(payloadOf(reference, { 'seed.yaml': 'type: string' })).toMatchObject({ type: 'string' });
  });
});

describe('a pattern that is no regular expression with the flag u', () => {
  const withPayload = (payload: string) =>
    readDocument(
      `asyncapi: 3.0.0\nchannels: { seeds: { messages: { Sown: {\n payload: ${payload} } } } }`,
      'farm.yaml',
      filesIn({ 'seed.yaml': "type: string\npattern: '\\A'" }),
    );
  const AT = '#/channels/seeds/messages/Sown/payload';

  it.each([String.raw`^[A-Z]{3}\-[0-9]{4}$`, '(?i)a', String.raw`\A`, '[[:alpha:]]', 'a++'])(
    'is refused with its line: %s',
    (pattern) => {
      expect(() => withPayload(`{ type: string,\n pattern: '${pattern}' }`)).toThrow(
        `farm.yaml: line 4 (${AT}/pattern) is ${pattern}, which is no regular expression with the flag u: `,
      );
    },
  );

  it('is refused as a name of fields', () => {
    expect(() => withPayload("{ type: object, patternProperties: { 'a++': {} } }")).toThrow(
      `farm.yaml: line 3 (${AT}/patternProperties/a++) is a++, which is no regular expression with the flag u: Nothing to repeat`,
    );
  });

  it('is refused in another file', () => {
    expect(() => withPayload('{ $ref: seed.yaml }')).toThrow('farm.yaml: line 2 (#/pattern) of farm/seed.yaml is');
  });

  it.each([
    '{ type: object, properties: { pattern: { const: a++ } } }',
    '{ examples: [{ pattern: a++ }], x-a: { pattern: a++ } }',
  ])(
    // prettier-ignore
    'is no value of another field: %s',
    (payload) => {
      expect(() => withPayload(payload)).not.toThrow();
    },
  );
});

it('reads what a trait sets to null as removed', () => {
  const text = [
    'asyncapi: 3.0.0',
    'channels: { seeds: { messages: { Sown: { $ref: "#/components/messages/Sown" } } } }',
    'components:',
    '  messages: { Sown: { payload: { type: string }, traits: [{ $ref: "#/components/messageTraits/Common" }] } }',
    '  messageTraits:',
    '    Common: { title: null, headers: { properties: { id: { type: string }, weight: null } } }',
  ].join('\n');
  const { resolved } = readDocument(text, 'farm.yaml', noFiles);
  const message = resolved.channels?.['seeds']?.messages?.['Sown'];
  expect(message).not.toHaveProperty('title');
  expect(message?.headers).toEqual({ properties: { id: { type: 'string' } } });
  expect(resolved.components?.messageTraits?.['Common']?.headers).toEqual(message?.headers);
});

it('leaves what looks like a reference in a value', () => {
  const text = [
    'asyncapi: 3.0.0',
    'channels: { seeds: { messages: { Sown: { payload: { properties: { default: { const: { $ref: none.yaml } } } }, examples: [{ payload: { $ref: "#/none" } }] } } } }',
  ].join('\n');
  const { resolved } = readDocument(text, 'farm.yaml', noFiles);
  expect(resolved.channels?.['seeds']?.messages?.['Sown']).toMatchObject({
    payload: { properties: { default: { const: { $ref: 'none.yaml' } } } },
    examples: [{ payload: { $ref: '#/none' } }],
  });
  const asField = text.replace('const: { $ref: none.yaml }', '$ref: none.yaml');
  expect(() => readDocument(asField, 'farm.yaml', noFiles)).toThrow('refers to none.yaml, which is not there');
});

it('lets a trait in another file replace what a message of AsyncAPI 2 has itself', () => {
  const text = [
    'asyncapi: 2.6.0',
    'info: { title: Farm, version: 1.0.0 }',
    'channels: { seeds: { publish: { message: { title: Own, traits: [{ $ref: traits.yaml#/Common }] } } } }',
  ].join('\n');
  const { resolved } = readDocument(text, 'farm.yaml', filesIn({ 'traits.yaml': 'Common: { title: Common }' }));
  expect(resolved.channels?.['seeds']?.messages?.['publish.message']).toMatchObject({ title: 'Common' });
});

it('reads a schema in another language from its file', () => {
  const text = [
    'asyncapi: 3.0.0',
    'channels:',
    '  seeds: { messages: { Sown: { payload: { schemaFormat: application/vnd.apache.avro, schema: { $ref: seed.avsc } } } } }',
    '  cuts: { messages: { Cut: { payload: { schemaFormat: application/vnd.google.protobuf, schema: { $ref: seed.proto } } } } }',
  ].join('\n');
  const files: Readonly<Record<string, string>> = {
    'seed.avsc': '{ "type": "string" }',
    'seed.proto': 'message Seed { }',
  };
  const { resolved } = readDocument(text, 'farm.yaml', filesIn(files));
  expect(resolved.channels?.['seeds']?.messages?.['Sown']?.payload).toHaveProperty('schema', { type: 'string' });
  expect(resolved.channels?.['cuts']?.messages?.['Cut']?.payload).toHaveProperty('schema', 'message Seed { }');
});
