/** Documents with what is rare and still valid: see documents/kiosk.yaml. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadDocument } from '../src/document.ts';
import type { Role } from '../src/shape.ts';
import { casesOf, decodedOf, encoded } from './cases.ts';
import { generated, removeGenerated } from './rendered.ts';
import type { Generated, KafkaRecord } from './rendered.ts';

afterAll(removeGenerated);

const record = (value: unknown, headers: Record<string, string> = {}): KafkaRecord => ({
  key: null,
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers,
});

describe.each<Role>(['service', 'client'])('kiosk.yaml, as %s', (role) => {
  let kiosk: Generated;
  beforeAll(async () => {
    kiosk = await generated('kiosk.yaml', role);
  });

  it('gives every example back', () => {
    const cases = casesOf(kiosk);
    // An example of alternatives that are alike is valid for one of them only.
    expect(cases.map(({ message }) => message.component)).toEqual(['Größe', 'Price$', 'Answer', 'Tree', 'Cat', 'Fish']);
    for (const one of cases) expect(one.binding.decode(encoded(one))).toEqual(decodedOf(one));
  });

  it('validates fields whose names the validators use themselves', () => {
    const { decode } = kiosk.channel('questions');
    const headers = { package: 'p', 'x-id': 'a', count: '1' };
    expect(decode(record({ schema1: 'x' }, headers)).kind).toBe('message');
    expect(decode(record({}, headers))).toMatchObject({ kind: 'invalid', pointer: '/schema1' });
    expect(decode(record({ schema1: 'x', validate20: 'n' }, headers))).toMatchObject({ pointer: '/validate20' });
    expect(decode(record({ schema1: 'x', instancePath: 1 }, headers))).toMatchObject({ pointer: '/instancePath' });
    expect(decode(record({ schema1: 'x' }, { package: 'p', 'x-id': 'a' }))).toMatchObject({ pointer: '/count' });
  });

  it('knows the direction of a reply that is a reference', () => {
    expect(kiosk.channel('answers').direction).toBe(role === 'service' ? 'send' : 'receive');
  });

  it('reads headers whose schema names its language', () => {
    const found = kiosk.channel('trees').decode(record({}, { spot: '3' }));
    expect(found).toMatchObject({ kind: 'invalid', pointer: '/h' });
  });

  it('reads headers that are only required, or described by alternatives', () => {
    const { decode } = kiosk.channel('trees');
    const headers = { h: 'x', spot: '3', kind: 'new', age: '0' };
    expect(decode(record({}, headers))).toMatchObject({ kind: 'message', headers: { ...headers, age: 0 } });
    expect(decode(record({}, { h: 'x' }))).toMatchObject({ kind: 'invalid', pointer: '/spot' });
    expect(decode(record({}, { ...headers, age: 'x' }))).toMatchObject({ kind: 'invalid', pointer: '/age' });
    // Text of another form counts as absent if the header may be absent.
    expect(decode(record({}, { ...headers, kind: 'other' }))).toMatchObject({ kind: 'message' });
  });

  it('refuses a value that is nested too deeply', () => {
    const depth = 100_000;
    const deep = `{"tree":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(kiosk.channel('trees').decode(record(deep, { h: 'x', spot: '3' })).kind).toBe('invalid');
  });

  it('distinguishes messages by a constant of which their base lists several', () => {
    const { decode } = kiosk.channel('animals');
    expect(decode(record({ kind: 'dog', lives: 7 })).kind).toBe(role === 'service' ? 'invalid' : 'skip');
    expect(kiosk.contract.channels.find(({ name }) => name === 'animals')?.apart).toEqual({
      by: 'field',
      name: 'kind',
    });
  });

  it('gives the package a version as npm wants it', () => {
    expect(JSON.parse(kiosk.files.get('package.json') ?? '')).toMatchObject({ version: '1.0.0' });
  });
});

it('converts a document of AsyncAPI 2 that is JSON in one line', async () => {
  const payload = { type: 'object', properties: { a: { type: 'string' } } };
  const document = {
    asyncapi: '2.6.0',
    info: { title: 'Old', version: '1.0.0' },
    channels: { old: { publish: { message: { name: 'A', payload } } } },
  };
  const { notes, resolved } = await loadDocument(JSON.stringify(document), 'old.json');
  expect(notes).toEqual([expect.stringMatching(/^AsyncAPI 2\.6\.0 was converted to 3\.0\.0/)]);
  expect(Object.keys(resolved.channels ?? {})).toEqual(['old']);
});
