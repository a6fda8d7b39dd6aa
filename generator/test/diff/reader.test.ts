/** The gate reads records as generated code does. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChannelReader } from '../../src/diff/wire/reader.ts';
import { Validators } from '../../src/diff/schema/validators.ts';
import { contractOf } from '../../src/contract.ts';
import { readDocument } from '../../src/diff/load.ts';
import { outcomeOf } from '../../src/diff/records/witness.ts';
import { breaches } from '../breaches.ts';
import { casesOf, encoded } from '../cases.ts';
import { generated, removeGenerated } from '../rendered.ts';
import { object, oneChannel, service } from './documents.ts';
import type { Json } from './documents.ts';

afterAll(removeGenerated);

const noFiles = (): never => {
  throw new Error('there are no other files');
};

const buffers = (headers: Readonly<Record<string, Buffer | string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

describe.each(['ferry.yaml', 'kiosk.yaml'])('%s', (name) => {
  it.each(['service', 'client'] as const)('reads like the code of a %s', async (role) => {
    const result = await generated(name, role);
    const text = readFileSync(join(import.meta.dirname, '../documents', name), 'utf8');
    const { contract } = contractOf(readDocument(text, name, noFiles), name, role);
    const validators = new Validators();
    let compared = 0;
    for (const one of casesOf(result)) {
      const channel = contract.channels.find(({ key }) => key === one.channel.key)!;
      const reader = new ChannelReader(channel, contract.traits, role, validators);
      const record = encoded(one);
      const values =
        one.channel.format === 'json' ? breaches(one.message.payload, one.payload).map(({ value }) => value) : [];
      const records = [
        record,
        { ...record, headers: {} },
        ...Object.keys(record.headers ?? {}).map((header) => ({
          ...record,
          headers: { ...record.headers, [header]: '\u0000x' },
        })),
        ...values.map((value) => ({ ...record, value: Buffer.from(JSON.stringify(value)) })),
        { ...record, value: Buffer.from('{') },
      ];
      for (const each of records) {
        const { kind, pointer } = one.binding.decode({ ...each, headers: buffers(each.headers) });
        const read = reader.read({ key: null, headers: buffers(each.headers), value: each.value ?? Buffer.from('') });
        expect([channel.key, each.value?.toString(), read.kind]).toEqual([channel.key, each.value?.toString(), kind]);
        if (read.kind === 'invalid' && pointer !== undefined) expect(read.pointer).toBe(pointer);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(20);
  });
});

describe('what is refused', () => {
  const refusal = (value: string, messages: Readonly<Record<string, Json>>) => {
    const { contract } = service(oneChannel('receive', messages));
    const [channel] = contract.channels;
    const reader = new ChannelReader(channel!, contract.traits, 'service', new Validators());
    return outcomeOf(reader.read({ key: null, headers: {}, value: Buffer.from(value) }));
  };
  const ofFields = (fields: Json, rest: Json = {}) => ({ Crate: { payload: object(fields, [], rest) } });
  const either = { Crate: { payload: object({ a: {} }, ['a']) }, Box: { payload: object({ b: {} }, ['b']) } };

  it.each([
    ['{', ofFields({}), 'is refused (INVALID_JSON): the value is not JSON'],
    ['3', ofFields({}), 'is refused (INVALID_PAYLOAD): the value must be an object'],
    ['{"id":1}', either, 'is refused (INVALID_PAYLOAD): the value is none of the messages'],
    [
      '{"id":1}',
      ofFields({}, { minProperties: 2 }),
      'is refused (INVALID_PAYLOAD): the value must have at least 2 fields',
    ],
    [
      '{"id":1,"a":1}',
      ofFields({ a: {}, b: {} }, { dependencies: { a: ['b'] } }),
      'is refused (INVALID_PAYLOAD): /a needs b',
    ],
    [
      '{"id":1,"a":"x"}',
      ofFields({ a: { type: 'string', format: 'email' } }),
      'is refused (INVALID_PAYLOAD): /a must be an email',
    ],
    [
      '{"id":1,"a":"x"}',
      ofFields({ a: { type: 'string', format: 'uuid' } }),
      'is refused (INVALID_PAYLOAD): /a must be a uuid',
    ],
  ])('is a sentence: %s', (value, messages, outcome) => {
    expect(refusal(value, messages)).toBe(outcome);
  });
});
