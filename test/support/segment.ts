/** Reads and damages the log files of the embedded broker. */
import { readFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeader } from '../../src/transport/record-batch.ts';
import type { BatchHeader } from '../../src/transport/record-batch.ts';
import { resealed } from './batches.ts';
import { required } from './database.ts';

interface StoredBatch extends BatchHeader {
  /** The position of its first byte in the file. */
  readonly at: number;
  readonly bytes: Buffer;
  readonly codec: number;
}

const ATTRIBUTES_AT = 21;
const RECORDS_AT = 61;

function fileOf(topic: string, partition: number): string {
  return join(required('TEST_KAFKA_DATA'), `${topic}-${String(partition)}`, '00000000000000000000.log');
}

/** Returns the batches of a partition's first segment. */
export async function storedBatches(topic: string, partition: number): Promise<StoredBatch[]> {
  const file = await readFile(fileOf(topic, partition));
  const batches: StoredBatch[] = [];
  for (let at = 0; at + RECORDS_AT <= file.length;) {
    const header = readHeader(file.subarray(at));
    // Segments are padded with zeros.
    if (header.magic === 0) break;
    const bytes = file.subarray(at, at + header.size);
    batches.push({ ...header, at, bytes, codec: bytes.readInt16BE(ATTRIBUTES_AT) & 7 });
    at += header.size;
  }
  return batches;
}

/** Overwrites the records of the batch at this offset, as a bad disk does. If requested, the checksum is valid all the same. */
export async function damageBatch(topic: string, partition: number, offset: bigint, isSealed = false): Promise<void> {
  const batch = (await storedBatches(topic, partition)).find(({ firstOffset }) => firstOffset === offset);
  if (batch === undefined) throw new Error(`no batch begins at ${String(offset)}`);
  const bytes = Buffer.from(batch.bytes);
  bytes.fill(0xa5, RECORDS_AT);
  const file = await open(fileOf(topic, partition), 'r+');
  await file.write(isSealed ? resealed(bytes) : bytes, 0, bytes.length, batch.at);
  await file.close();
}
