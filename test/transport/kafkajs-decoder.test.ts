import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord, originalDecoder } from '../../src/transport/kafkajs-decoder.ts';
import type { BatchContext, RecordDecoder } from '../../src/transport/kafkajs-decoder.ts';
import { encodeRecord } from '../../src/transport/kafkajs-encoder.ts';
import type { EncodableRecord } from '../../src/transport/kafkajs-encoder.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => RecordDecoder & {
  readVarIntBytes(): Buffer;
};
const Long = require('kafkajs/src/utils/long') as { fromValue(value: string): { toString(): string } };

const context: BatchContext = {
  firstOffset: Long.fromValue('9007199254740993'),
  firstTimestamp: Long.fromValue('1700000000000'),
  maxTimestamp: Long.fromValue('1700000009999'),
  timestampType: 0,
  magicByte: 2,
  isControlBatch: false,
};

/** A record as it lies in its batch, without its length. */
function body(record: EncodableRecord): RecordDecoder {
  return new Decoder(new Decoder(encodeRecord(record).buffer).readVarIntBytes());
}

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)));
// Names that JavaScript's objects have already are the ones that kafkajs takes wrong.
const name = fc.string({ maxLength: 20 }).filter((text) => !(text in {}));
const record = fc.record({
  offsetDelta: fc.nat(0x7fff_ffff),
  timestampDelta: fc.nat(0xffff_ffff),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 4 }))),
});

describe('the record decoder', () => {
  it.each([0, 1])("reads what kafkajs' own reads, timestamps of type %i", (timestampType) => {
    const batch = { ...context, timestampType };
    fc.assert(
      fc.property(record, (one) => {
        const { headers, ...rest } = decodeRecord(body(one), batch);
        const { headers: expected, timestamp, ...others } = originalDecoder(body(one), batch);
        expect(rest).toEqual({ ...others, timestamp: timestamp.toString() });
        expect({ ...headers }).toEqual({ ...expected });
      }),
    );
  });

  it('takes every header name as a name', () => {
    const headers = Object.fromEntries(['__proto__', 'constructor', 'toString'].map((one) => [one, Buffer.from('x')]));
    expect(Object.entries(decodeRecord(body({ headers }), context).headers)).toEqual(Object.entries(headers));
  });

  it('is the one that kafkajs uses', () => {
    expect(require('kafkajs/src/protocol/recordBatch/record/v0/decoder')).toBe(decodeRecord);
  });
});
