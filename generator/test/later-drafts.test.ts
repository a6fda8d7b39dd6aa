/** Schemas of later drafts of JSON Schema: what is read as draft 7 accepts the same values as Ajv's own reading of the draft. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createAjv } from '../src/ajv.ts';
import { readDocument } from '../src/diff/load.ts';
import { schemaOf } from '../src/schemas.ts';

const FORMAT = 'application/schema+json;version=2020-12';

function read(payload: object) {
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Farm', version: '1.0.0' },
    channels: { seeds: { messages: { Sown: { payload } } } },
    components: { schemas: { Weight: { type: 'integer' } } },
  };
  return readDocument(JSON.stringify(document, null, 2), 'farm.json', () => {
    throw new Error('there are no files');
  });
}

function payloadOf(payload: object): object {
  const { schema, ...own } = read(payload).resolved.channels?.['seeds']?.messages?.['Sown']?.payload ?? {};
  return schema ?? own;
}

const WEIGHT = { $ref: '#/components/schemas/Weight' };
const ANY = { $ref: '#/components/schemas/Weight', minimum: 2 };

describe.each([
  ['schemaFormat', (schema: object) => payloadOf({ schemaFormat: FORMAT, schema })],
  ['$schema', (schema: object) => payloadOf({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema })],
])('named by %s', (_name, convert) => {
  it.each([
    [
      { prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
      [[], ['a'], ['a', 1], ['a', 1, 2], [1], 'a'],
    ],
    [{ prefixItems: [{ type: 'string' }], items: { type: 'integer' } }, [['a', 1], ['a', 'b'], [1]]],
    [{ prefixItems: [{ prefixItems: [{ const: 1 }] }] }, [[[1]], [[2]], []]],
    [{ items: { type: 'integer' } }, [[1], ['a']]],
    [{ dependentRequired: { a: ['b'] } }, [{}, { a: 1 }, { a: 1, b: 1 }, { b: 1 }]],
    [
      { dependentSchemas: { a: { properties: { b: { type: 'string' } } } } },
      [{ b: 1 }, { a: 1, b: 1 }, { a: 1, b: 'x' }],
    ],
    [
      { dependentRequired: { a: ['b'] }, dependentSchemas: { a: { required: ['c'] } } },
      [{ a: 1 }, { a: 1, b: 1 }, { a: 1, c: 1 }, { a: 1, b: 1, c: 1 }],
    ],
    [
      { properties: { dependentRequired: { type: 'integer' }, prefixItems: { type: 'string' } } },
      [{ dependentRequired: 1 }, { prefixItems: 1 }],
    ],
    [{ contains: { const: 1 }, minContains: 1 }, [[], [1], [2]]],
    [{ contains: { const: 1 }, minContains: 0 }, [[], [1], [2]]],
    [{ minContains: 3 }, [[], [1]]],
    [{ enum: [{ prefixItems: [1] }] }, [{ prefixItems: [1] }, { items: [1] }]],
  ])('%j', (schema, values) => {
    // prettier-ignore
    const [own, theirs] = [createAjv(), new Ajv2020({ strict: false })];
    const accepts = own.compile(schemaOf(convert(schema), { isClosed: false }));
    const meant = theirs.compile(schema);
    expect(values.map((value) => [value, accepts(value)])).toEqual(values.map((value) => [value, meant(value)]));
  });

  it('reads what stands next to a reference', () => {
    const { properties } = convert({ properties: { old: WEIGHT, heavy: ANY } }) as { readonly properties: object };
    expect(properties).toMatchObject({
      old: { type: 'integer' },
      heavy: { minimum: 2, allOf: [{ type: 'integer' }] },
    });
  });
});

it('ignores in draft 7 what stands next to a reference', () => {
  expect(payloadOf({ properties: { heavy: ANY } })).toMatchObject({ properties: { heavy: { type: 'integer' } } });
  expect(payloadOf({ properties: { heavy: ANY } })).not.toHaveProperty('properties.heavy.minimum');
});

it('finds the lines of what is read in another form', () => {
  const { location } = read({
    schemaFormat: FORMAT,
    schema: { prefixItems: [{ type: 'string' }], items: ANY, dependentRequired: { a: ['b'] } },
  });
  const at = (...keys: readonly (string | number)[]) => {
    const { path } = location(['channels', 'seeds', 'messages', 'Sown', 'payload', ...keys]);
    return path.slice(4).join('/');
  };
  expect(at('items', 0, 'type')).toBe('payload/schema/prefixItems/0/type');
  expect(at('additionalItems', 'minimum')).toBe('payload/schema/items/minimum');
  expect(location(['channels', 'seeds', 'messages', 'Sown', 'payload', 'additionalItems', 'allOf', 0, 'type']).path).toEqual(['components', 'schemas', 'Weight', 'type']); // prettier-ignore
  expect(at('dependencies', 'a')).toBe('payload/schema/dependentRequired/a');
});

it('reads a schema that others use as draft 7 too', () => {
  const shared = { $ref: '#/components/schemas/Pair' };
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Farm', version: '1.0.0' },
    components: { schemas: { Pair: { prefixItems: [{}], items: false } } },
    channels: {
      seeds: { messages: { Sown: { payload: shared } } },
      cuts: { messages: { Cut: { payload: { schemaFormat: FORMAT, schema: shared } } } },
    },
  };
  const { resolved } = readDocument(JSON.stringify(document), 'farm.json', () => {
    throw new Error('there are no files');
  });
  const converted = { items: [{}], additionalItems: false };
  expect(resolved.channels?.['cuts']?.messages?.['Cut']?.payload?.schema).toMatchObject(converted);
});
