/** The record batch (magic 2) of the Kafka protocol: https://kafka.apache.org/documentation/#recordbatch */
import { crc32c } from '@node-rs/crc32';
import type { BrokerRecord } from './broker.ts';
import { codecOf, countBytes } from './codecs.ts';
import { readRecords } from './record-reader.ts';

/** Bytes of a batch before its records. */
export const HEADER_BYTES = 61;
/** The bytes that the length of a batch does not count: offset and length. */
export const LENGTH_OVERHEAD_BYTES = 12;
/** The format since Kafka 0.11. */
export const MAGIC = 2;
/**
 * Records in a batch: more would take hundreds of megabytes, however small they are. A record of 7 bytes takes 300 in memory, and a
 * thousandth of that if it is compressed.
 */
export const MAX_RECORDS = 1_000_000;

const AT = {
  firstOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
} as const;

const CODEC = 0x07;
const IS_APPEND_TIME = 0x08;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;

/** The header of a batch. It may be wrong until {@link readBatch} has checked the batch. */
export interface BatchHeader {
  /** Bytes of the whole batch. */
  readonly size: number;
  readonly magic: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** Whether it has control records: markers of transactions, which are no messages. */
  readonly isControl: boolean;
}

/** @param bytes begin with the complete header of a batch. */
export function readHeader(bytes: Buffer): BatchHeader {
  const firstOffset = bytes.readBigInt64BE(AT.firstOffset);
  const attributes = bytes.readInt16BE(AT.attributes);
  const magic = bytes.readInt8(AT.magic);
  // Older formats have other fields there.
  const lastOffsetDelta = magic === MAGIC ? bytes.readInt32BE(AT.lastOffsetDelta) : 0;
  return {
    size: bytes.readInt32BE(AT.length) + LENGTH_OVERHEAD_BYTES,
    magic,
    firstOffset,
    lastOffset: firstOffset + BigInt(lastOffsetDelta),
    producerId: bytes.readBigInt64BE(AT.producerId),
    isTransactional: (attributes & IS_TRANSACTIONAL) > 0,
    isControl: (attributes & IS_CONTROL) > 0,
  };
}

export interface BatchContent {
  readonly records: BrokerRecord[];
  /** Bytes of its records, decompressed. */
  readonly bytes: number;
}

/**
 * Reads the records of a whole batch.
 *
 * @param maxBytes the limit of the decompressed records.
 * @throws if the batch is damaged, or larger than that.
 */
export async function readBatch(batch: Buffer, maxBytes: number): Promise<BatchContent> {
  if (crc32c(batch.subarray(AT.attributes)) !== batch.readUInt32BE(AT.crc)) {
    throw new Error('its checksum does not match its bytes');
  }
  const count = batch.readInt32BE(AT.count);
  if (count > MAX_RECORDS) throw new Error(`it has ${String(count)} records, more than ${String(MAX_RECORDS)}`);
  const attributes = batch.readInt16BE(AT.attributes);
  const compressed = batch.subarray(HEADER_BYTES);
  const bytes = await decompress(compressed, attributes & CODEC, maxBytes);
  const isAppendTime = (attributes & IS_APPEND_TIME) > 0;
  const records = readRecords(bytes, count, {
    offset: batch.readBigInt64BE(AT.firstOffset),
    timestamp: batch.readBigInt64BE(isAppendTime ? AT.maxTimestamp : AT.firstTimestamp),
    isAppendTime,
  });
  return { records, bytes: bytes.length };
}

async function decompress(bytes: Buffer, id: number, maxBytes: number): Promise<Buffer> {
  if (id === 0) return bytes;
  const codec = codecOf(id);
  if (codec === undefined) throw new Error(`its compression codec ${String(id)} is unknown`);
  const decompressed = await codec.decompress(bytes, maxBytes);
  countBytes('fetched', codec.name, bytes, decompressed);
  return decompressed;
}
