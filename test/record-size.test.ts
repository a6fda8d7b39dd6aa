/** What a record takes, against what kafkajs writes. */
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { encodedSize } from '../src/record-size.ts';

const encode = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => {
  size(): number;
};

it.each([
  ['nothing', { key: null, value: null, headers: {} }],
  ['key and value', { key: Buffer.alloc(4), value: Buffer.alloc(900_000), headers: {} }],
  [
    'large headers',
    { key: null, value: Buffer.alloc(1), headers: { baggage: Buffer.alloc(900_000), x: 'é'.repeat(300) } },
  ],
  [
    'many headers',
    {
      key: null,
      value: null,
      headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`h${String(at)}`, 'v'])),
    },
  ],
  ['a header several times', { key: null, value: null, headers: { twice: [Buffer.alloc(500), 'b'.repeat(500)] } }],
])('of %s is counted whole, and not much more', (_, record) => {
  const written = encode({ offsetDelta: 999, timestampDelta: 60_000, ...record }).size();
  expect(encodedSize(record)).toBeGreaterThanOrEqual(written);
  expect(encodedSize(record)).toBeLessThan(written + 40 + Object.keys(record.headers).length * 16);
});

it('counts a header without a value, as kafkajs has it', () => {
  const headers = { empty: null } as unknown as Record<string, string>;
  expect(encodedSize({ key: null, value: null, headers })).toBeGreaterThanOrEqual(
    encodedSize({ key: null, value: null, headers: { empty: '' } }),
  );
});
