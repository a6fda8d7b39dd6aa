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
    const document = readDocument(text, 'farm.yaml', (path) => files[path] ?? noFiles());
    const message = document.resolved.channels?.['seeds']?.messages?.['Sown'];
    expect(message?.headers?.required).toEqual(['id']);
    expect(message?.payload?.properties?.['kind']?.enum).toEqual(['bean', 'pea']);
    expect(message?.payload?.properties?.['next']).toBe(message?.payload);
  });

  it('names the reference that leads nowhere', () => {
    expect(() => readDocument(text, 'farm.yaml', noFiles)).toThrow(
      'farm.yaml: line 3 (#/channels/seeds/messages/Sown) refers to parts/messages.yaml#/Sown, which is not there',
    );
  });
});

it('finds what a trait describes where the trait is', () => {
  const text = [
    'asyncapi: 3.0.0',
    'channels: { seeds: { messages: { Sown: { $ref: "#/components/messages/Sown" } } } }',
    'components:',
    '  messages: { Sown: { payload: { type: string }, traits: [{ $ref: "#/components/messageTraits/Common" }] } }',
    '  messageTraits:',
    '    Common:',
    '      headers: { properties: { id: { type: string } } }',
  ].join('\n');
  const document = readDocument(text, 'farm.yaml', noFiles);
  const location = document.location([
    'channels',
    'seeds',
    'messages',
    'Sown',
    'headers',
    'properties',
    'id',
    'maxLength',
  ]);
  expect(location).toEqual({ line: 7, path: ['components', 'messageTraits', 'Common', 'headers', 'properties', 'id'] });
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
  const { resolved } = readDocument(text, 'farm.yaml', (path) => files[path] ?? noFiles());
  expect(resolved.channels?.['seeds']?.messages?.['Sown']?.payload).toHaveProperty('schema', { type: 'string' });
  expect(resolved.channels?.['cuts']?.messages?.['Cut']?.payload).toHaveProperty('schema', 'message Seed { }');
});
