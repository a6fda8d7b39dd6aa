/** Builds record batches as a broker has them, by the encoder of kafkajs. */
import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import { compressionType } from '../../src/transport/kafkajs-codecs.ts';
import type { Compression } from '../../src/transport/compression.ts';
import { encodeRecord } from '../../src/transport/kafkajs-encoder.ts';
import type { EncodableRecord } from '../../src/transport/kafkajs-encoder.ts';
import '../../src/transport/kafkajs-mended.ts';

const { RecordBatch } = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<{ readonly buffer: Buffer }>;
};

export interface BatchOptions {
  readonly firstOffset?: bigint;
  readonly compression?: Compression;
  /** Its producer, in a transaction. */
  readonly producerId?: bigint;
  readonly isControl?: boolean;
  readonly isAppendTime?: boolean;
}

const ATTRIBUTES_AT = 21;
const CRC_AT = 17;

export async function batchOf(records: readonly EncodableRecord[], options: BatchOptions = {}): Promise<Buffer> {
  const { firstOffset = 0n, compression = 'none', producerId } = options;
  const { buffer } = await RecordBatch({
    compression: compressionType(compression),
    firstOffset,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_009_999,
    lastOffsetDelta: Math.max(0, ...records.slice(-1).map(({ offsetDelta = 0 }) => offsetDelta)),
    transactional: producerId !== undefined,
    ...(producerId !== undefined && { producerId }),
    records: records.map(encodeRecord),
  });
  let attributes = buffer.readInt16BE(ATTRIBUTES_AT);
  if (options.isControl === true) attributes |= 0x20;
  if (options.isAppendTime === true) attributes |= 0x08;
  buffer.writeInt16BE(attributes, ATTRIBUTES_AT);
  return resealed(buffer);
}

/** Returns the batch with the checksum of its current bytes. */
export function resealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT);
  return batch;
}
