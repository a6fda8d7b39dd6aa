import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeRecord, originalEncoder } from '../../src/transport/kafkajs-encoder.ts';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 100 }),
);
const record = fc.record({
  offsetDelta: fc.nat(100_000),
  timestampDelta: fc.nat(100_000),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(bytes, fc.array(bytes, { maxLength: 3 }))),
});

describe('the record encoder', () => {
  it('writes the same bytes as the encoder of kafkajs', () => {
    fc.assert(
      fc.property(record, (one) => {
        expect(encodeRecord(one).buffer.equals(originalEncoder(one).buffer)).toBe(true);
      }),
    );
  });

  it('distinguishes a header without a value from an empty one', () => {
    const [withNull, withEmpty] = [null, ''].map((value) => encodeRecord({ headers: { a: value } }).buffer);
    // Length -1 is one byte, zigzag 1; length 0 is zigzag 0.
    expect(withNull?.at(-1)).toBe(1);
    expect(withEmpty?.at(-1)).toBe(0);
  });

  it('replaces the encoder of kafkajs', () => {
    expect(createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0')).toBe(encodeRecord);
  });
});
