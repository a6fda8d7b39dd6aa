import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { CODECS } from '../../src/transport/codecs.ts';
import { COMPRESSIONS } from '../../src/transport/compression.ts';
import type { EncodableRecord } from '../../src/transport/kafkajs-encoder.ts';
import { originalDecodeMessages, takeRecordSet } from '../../src/transport/kafkajs-fetch.ts';
import type { OriginalMessage, ResponseDecoder } from '../../src/transport/kafkajs-fetch.ts';
import { readRecordSet } from '../../src/transport/record-set.ts';
import { batchOf, resealed } from '../support/batches.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => ResponseDecoder;

const MAX_BYTES = 1_000_000;
const read = (bytes: Buffer, from = 0n) => readRecordSet({ bytes, from, aborted: [] }, MAX_BYTES);
const offsetsOf = ({ records }: { readonly records: readonly { readonly offset: bigint }[] }) =>
  records.map(({ offset }) => Number(offset));
const numbered = (count: number) => Array.from({ length: count }, (_, offsetDelta) => ({ offsetDelta, value: 'x' }));

/** Returns a decoder of a record set as a fetch response has it: after its size. */
function inResponse(set: Buffer): ResponseDecoder {
  const size = Buffer.alloc(4);
  size.writeInt32BE(set.length);
  return new Decoder(Buffer.concat([size, set]));
}

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)));
// kafkajs decodes names of JavaScript's own properties wrongly.
const name = fc.string({ maxLength: 20 }).filter((text) => !(text in {}));
const record = fc.record({
  timestampDelta: fc.nat(0xffff_ffff),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 4 }))),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 5 }),
  compression: fc.constantFrom(...COMPRESSIONS),
  isAppendTime: fc.boolean(),
});

describe('a record set', () => {
  it('is decoded like by kafkajs, in every codec', async () => {
    for (const { id, decompress } of Object.values(CODECS)) {
      const codecs = kafkajs.CompressionCodecs as Record<number, () => object>;
      const ours = codecs[id];
      codecs[id] = () => ({ ...ours?.(), decompress: (compressed: Buffer) => decompress(compressed, MAX_BYTES) });
    }
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (batches) => {
        let next = 9_007_199_254_740_993n;
        const set: Buffer[] = [];
        for (const { records, ...options } of batches) {
          const offsetRecords = records.map((one, offsetDelta) => ({ ...one, offsetDelta }));
          set.push(await batchOf(offsetRecords, { ...options, firstOffset: next }));
          next += BigInt(records.length);
        }
        const expected = (await originalDecodeMessages(inResponse(Buffer.concat(set)))) as readonly OriginalMessage[];
        const fetched = await read(Buffer.concat(set), 9_007_199_254_740_993n);
        expect(fetched).toMatchObject({ first: 9_007_199_254_740_993n, next });
        expect(fetched.records.map(({ headers, ...rest }) => ({ ...rest, headers: { ...headers } }))).toEqual(
          expected.map(({ offset, timestamp, key, value, headers }) => ({
            offset: BigInt(offset),
            timestamp: Number(timestamp.toString()),
            key,
            value,
            headers,
          })),
        );
      }),
    );
  });

  it('may have headers with the names of JavaScript properties', async () => {
    const headers = Object.fromEntries(['__proto__', 'constructor', 'toString'].map((one) => [one, Buffer.from('x')]));
    const { records } = await read(await batchOf([{ headers }]));
    expect(Object.entries(records[0]?.headers ?? {})).toEqual(Object.entries(headers));
  });

  it('is read from the requested offset, also within a batch', async () => {
    const set = await batchOf(numbered(5), { firstOffset: 10n, compression: 'gzip' });
    const fetched = await read(set, 12n);
    expect(fetched).toMatchObject({ first: 12n, next: 15n });
    expect(offsetsOf(fetched)).toEqual([12, 13, 14]);
    expect(await read(set, 7n)).toMatchObject({ first: 10n, next: 15n });
  });

  it('ends before a truncated batch', async () => {
    const [one, two] = [await batchOf(numbered(2)), await batchOf(numbered(2), { firstOffset: 2n })];
    const whole = Buffer.concat([one, two]);
    for (let end = one.length; end < whole.length; end += 1) {
      const fetched = await read(whole.subarray(0, end));
      expect(fetched).toEqual({ first: 0n, next: 2n, records: expect.any(Array) });
      expect(offsetsOf(fetched)).toEqual([0, 1]);
    }
  });

  it('may have 150,000 records in one batch', async () => {
    const records = Array.from({ length: 150_000 }, (_, offsetDelta) => ({ offsetDelta }));
    expect((await read(await batchOf(records))).records).toHaveLength(150_000);
  });

  it('is read up to the maximum size if all batches together are larger', async () => {
    const value = Buffer.alloc(600_000);
    const set: Buffer[] = [];
    for (const firstOffset of [0n, 1n, 2n]) set.push(await batchOf([{ value }], { firstOffset, compression: 'zstd' }));
    expect(await read(Buffer.concat(set))).toMatchObject({ next: 2n });
    expect(await read(Buffer.concat(set.slice(2)), 2n)).toMatchObject({ next: 3n });
  });

  it('is returned by the function that replaces the one of kafkajs', () => {
    expect(require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')).toBe(takeRecordSet);
  });
});

describe('an aborted transaction', () => {
  const ONE = 7n;
  const OTHER = 8n;
  /** The key of a control record: version 0, then 1 for a commit or 0 for an abort. */
  const marker = (firstOffset: bigint, producerId: bigint, isCommit: boolean) =>
    batchOf([{ key: Buffer.from([0, 0, 0, isCommit ? 1 : 0]) }], { firstOffset, producerId, isControl: true });
  const sent = (firstOffset: bigint, producerId?: bigint) =>
    batchOf([{ key: Buffer.alloc(4) }], { firstOffset, ...(producerId !== undefined && { producerId }) });
  const log = () =>
    Promise.all([
      sent(0n, ONE),
      sent(1n, OTHER),
      sent(2n, ONE),
      marker(3n, OTHER, false),
      sent(4n, OTHER),
      marker(5n, ONE, false),
      sent(6n, ONE),
      sent(7n),
      marker(8n, ONE, true),
      marker(9n, OTHER, true),
    ]);
  const aborted = [
    { producerId: OTHER, firstOffset: 1n, marker: 3 },
    { producerId: ONE, firstOffset: 0n, marker: 5 },
  ];

  it('is left out, whatever offset the fetch begins at', async () => {
    const batches = await log();
    for (let from = 0; from < batches.length; from += 1) {
      const bytes = Buffer.concat(batches.slice(from));
      // The broker lists those that end after the first offset of the fetch, in no order.
      const listed = aborted.filter((one) => one.marker >= from);
      const fetched = await readRecordSet({ bytes, from: BigInt(from), aborted: listed }, MAX_BYTES);
      expect(offsetsOf(fetched)).toEqual([4, 6, 7].filter((offset) => offset >= from));
      expect(fetched.next).toBe(10n);
    }
  });
});

describe('a damaged batch', () => {
  const before = () => batchOf(numbered(2));
  const damaged = async (set: Buffer, reason: RegExp) => {
    const fetched = await read(Buffer.concat([await before(), set, await batchOf(numbered(1), { firstOffset: 5n })]));
    expect(offsetsOf(fetched)).toEqual([0, 1]);
    expect(fetched).toMatchObject({
      first: 0n,
      next: 2n,
      damage: { offset: 2n, reason: expect.stringMatching(reason) },
    });
    return fetched.damage;
  };
  const three = (options = {}) => batchOf(numbered(3), { firstOffset: 2n, ...options });

  it.each(COMPRESSIONS)('with a changed byte (%s) is detected, and ends reading before it', async (compression) => {
    const batch = await three({ compression });
    for (let at = 21; at < batch.length; at += 1) {
      const changed = Buffer.from(batch);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at);
      await damaged(changed, /checksum/);
    }
  });

  it.each(Object.keys(CODECS) as (keyof typeof CODECS)[])(
    'with corrupt %s and a valid checksum is detected',
    async (compression) => {
      const batch = await three({ compression });
      const cut = Buffer.concat([batch.subarray(0, 61), Buffer.alloc(batch.length - 61, 0xa5)]);
      expect(await damaged(resealed(cut), /./)).toMatchObject({ next: 5n });
    },
  );

  it('with an unknown codec or format is detected', async () => {
    const batch = await three();
    batch.writeInt16BE(5, 21);
    expect(await damaged(resealed(batch), /codec 5/)).toMatchObject({ next: 5n });
    // The end of an unknown format is unknown: the next offset may already be another batch.
    batch.writeInt8(1, 16);
    expect(await damaged(batch, /format 1/)).toMatchObject({ next: 3n });
  });

  it('that is too short, as messages of older formats are, is detected if it is the first one', async () => {
    const message = Buffer.alloc(60);
    expect(await read(message, 7n)).toEqual({
      ...{ first: 7n, next: 7n, records: [] },
      damage: { offset: 7n, next: 8n, reason: 'it has 60 bytes, too few for a batch' },
    });
    expect(await read(Buffer.alloc(0), 7n)).toEqual({ first: 7n, next: 7n, records: [] });
  });

  it.each(Object.keys(CODECS) as (keyof typeof CODECS)[])(
    'with truncated %s is detected, with a reason that does not name internals',
    async (compression) => {
      const batch = await three({ compression });
      for (let end = 61; end < batch.length - 1; end += 1) {
        const cut = Buffer.from(batch.subarray(0, end));
        cut.writeInt32BE(end - 12, 8);
        const { reason = '' } = (await damaged(resealed(cut), /./)) ?? {};
        expect(reason).not.toMatch(/offset|bounds/i);
      }
    },
  );

  it('with more records than the maximum is rejected, however few bytes it has', async () => {
    const count = 1_000_001;
    const record = Buffer.from([12, 0, 0, 0, 1, 1, 0]);
    const records = Buffer.alloc(count * record.length, record);
    const [header, compressed] = [(await batchOf([])).subarray(0, 61), await CODECS.gzip.compress(records)];
    const batch = Buffer.concat([header, compressed]);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt16BE(CODECS.gzip.id, 21);
    batch.writeInt32BE(count, 57);
    const set = { bytes: resealed(batch), from: 0n, aborted: [] };
    expect((await readRecordSet(set, 100_000_000)).damage?.reason).toBe('it has 1000001 records, more than 1000000');
  });

  it('with more or fewer records than it declares is detected', async () => {
    for (const count of [2, 4]) {
      const batch = await three();
      batch.writeInt32BE(count, 57);
      await damaged(resealed(batch), /.*/);
    }
  });

  it.each([-1, 0, 40])('that declares %i bytes is detected', async (length) => {
    const batch = await three();
    batch.writeInt32BE(length, 8);
    await damaged(batch, /declares/);
  });

  it('that is truncated is detected if it is the first one', async () => {
    const batch = await three();
    const fetched = await read(batch.subarray(0, batch.length - 1), 2n);
    expect(fetched).toMatchObject({ first: 2n, next: 2n, records: [], damage: { offset: 2n, next: 5n } });
  });

  it('is reported at the offset after the last readable one, whatever its own offsets are', async () => {
    const batch = await three();
    batch.writeBigInt64BE(-7n, 0);
    batch.writeInt32BE(0, 17);
    expect(await damaged(batch, /checksum/)).toMatchObject({ next: 3n });
  });
});

describe('a zstd batch', () => {
  it('may have several frames of any size, and frames without content', async () => {
    const { compress, decompress } = CODECS.zstd;
    const skippable = Buffer.from('502a4d1804000000aabbccdd', 'hex');
    const [small, large] = [Buffer.from('small'), randomBytes(100_000)];
    for (const parts of [
      [small, small],
      [small, large],
      [large, small, large],
    ]) {
      const frames = await Promise.all(parts.map((part) => compress(part)));
      const bytes = Buffer.concat(frames.flatMap((frame) => [skippable, frame]));
      const whole = Buffer.concat(parts);
      expect(await decompress(bytes, whole.length)).toEqual(whole);
      await expect(decompress(bytes, whole.length - 1)).rejects.toThrow(/KAFKA_MAX_BATCH_BYTES/);
      await expect(decompress(bytes.subarray(0, -1), whole.length)).rejects.toThrow();
      await expect(decompress(Buffer.concat([bytes, small]), whole.length)).rejects.toThrow();
    }
  });
});

describe('the size of a batch', () => {
  const sized = async (bytes: number, compression: keyof typeof CODECS) => {
    const records: EncodableRecord[] = [{ value: Buffer.alloc(bytes, ' ') }];
    return read(await batchOf(records, { compression }));
  };

  it.each(Object.keys(CODECS) as (keyof typeof CODECS)[])('is limited after decompression: %s', async (compression) => {
    expect((await sized(MAX_BYTES - 100, compression)).records).toHaveLength(1);
    for (const bytes of [MAX_BYTES, 30 * MAX_BYTES]) {
      expect((await sized(bytes, compression)).damage?.reason).toMatch(
        /larger than 1000000 bytes .*KAFKA_MAX_BATCH_BYTES/,
      );
    }
  });
});
