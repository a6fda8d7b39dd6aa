/** Compares the computed size of a record with the bytes that kafkajs writes. */
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { encodedSize } from '../src/record-size.ts';

const encode = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => {
  size(): number;
};

it.each([
  ['a record without content', { key: null, value: null, headers: {} }],
  ['a record with key and value', { key: Buffer.alloc(4), value: Buffer.alloc(900_000), headers: {} }],
  [
    'a record with large headers',
    { key: null, value: Buffer.alloc(1), headers: { baggage: Buffer.alloc(900_000), x: 'é'.repeat(300) } },
  ],
  [
    'a record with many headers',
    {
      key: null,
      value: null,
      headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`h${String(at)}`, 'v'])),
    },
  ],
  [
    'a record with a header several times',
    { key: null, value: null, headers: { twice: [Buffer.alloc(500), 'b'.repeat(500)] } },
  ],
])('is at least the written size of %s, and little more', (_, record) => {
  const written = encode({ offsetDelta: 999, timestampDelta: 60_000, ...record }).size();
  expect(encodedSize(record)).toBeGreaterThanOrEqual(written);
  expect(encodedSize(record)).toBeLessThan(written + 40 + Object.keys(record.headers).length * 16);
});

it('counts a header without a value', () => {
  const headers = { empty: null } as unknown as Record<string, string>;
  expect(encodedSize({ key: null, value: null, headers })).toBeGreaterThanOrEqual(
    encodedSize({ key: null, value: null, headers: { empty: '' } }),
  );
});
