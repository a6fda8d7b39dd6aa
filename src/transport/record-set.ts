import { AbortedTransactions } from './aborted.ts';
import type { AbortedTransaction } from './aborted.ts';
import type { BrokerRecord, Fetched } from './broker.ts';
import { messageOf } from '../waiting.ts';
import { HEADER_BYTES, MAGIC, MAX_RECORDS, readBatch, readHeader } from './record-batch.ts';
import type { BatchHeader } from './record-batch.ts';

export interface FetchedBytes {
  /** Record batches; the last one may be cut off. */
  readonly bytes: Buffer;
  /** The offset that was asked for: the first batch may begin before it. */
  readonly from: bigint;
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * Reads what a fetch brought of one partition, up to the first batch that is damaged. Neither control records nor the
 * records of aborted transactions are handed on. Never rejects: damage is a value.
 *
 * @param maxBytes that a batch may have when it is decompressed. Reading also ends behind the batch with which all of
 *   them together have as many, or {@link MAX_RECORDS}: the others are fetched again.
 */
export async function readRecordSet({ bytes, from, aborted }: FetchedBytes, maxBytes: number): Promise<Fetched> {
  const transactions = new AbortedTransactions(aborted);
  const records: BrokerRecord[] = [];
  let first: bigint | undefined;
  let next = from;
  let taken = 0;
  for (let at = 0; at < bytes.length && taken < maxBytes && records.length < MAX_RECORDS;) {
    const rest = bytes.subarray(at);
    const header = rest.length < HEADER_BYTES ? undefined : readHeader(rest);
    // The broker never cuts off the first batch: without it no reader could go on.
    if ((header === undefined || header.size > rest.length) && at > 0) break;
    if (header === undefined) return { first: from, next, records, damage: tooShort(rest, from) };
    try {
      const content = await readBatch(checked(header, rest), maxBytes);
      if (header.isControl) transactions.passMarker(header, content.records);
      // Compression keeps a batch whole: what was before the offset asked for comes along.
      else if (!transactions.isAborted(header)) addFrom(records, content.records, from);
      taken += content.bytes;
    } catch (error) {
      return { first: first ?? from, next, records, damage: damageOf(header, next, reasonOf(error)) };
    }
    first ??= max(header.firstOffset, from);
    next = max(header.lastOffset + 1n, next);
    at += header.size;
  }
  return { first: first ?? from, next, records };
}

function checked({ size, magic }: BatchHeader, rest: Buffer): Buffer {
  if (magic !== MAGIC) throw new Error(`it has message format ${String(magic)}: only ${String(MAGIC)} can be read`);
  if (size < HEADER_BYTES || size > rest.length) {
    throw new Error(`it declares a size of ${String(size)} bytes, and ${String(rest.length)} are there`);
  }
  return rest.subarray(0, size);
}

function addFrom(records: BrokerRecord[], more: readonly BrokerRecord[], from: bigint): void {
  for (const record of more) if (record.offset >= from) records.push(record);
}

/** Where the damaged batch ends is what its own header says, as far as that can be. */
function damageOf({ firstOffset, lastOffset }: BatchHeader, next: bigint, reason: string) {
  const offset = max(firstOffset, next);
  return { offset, next: max(lastOffset, offset) + 1n, reason };
}

/** A message of an older format can be shorter than the header of a batch. Only the first batch of a fetch is looked at. */
function tooShort(bytes: Buffer, from: bigint) {
  return { offset: from, next: from + 1n, reason: `it has ${String(bytes.length)} bytes, too few for a batch` };
}

/** Node says of a read beyond the end of a buffer where that was, which tells an operator nothing. */
function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const isBeyondEnd = code === 'ERR_OUT_OF_RANGE' || code === 'ERR_BUFFER_OUT_OF_BOUNDS';
  return isBeyondEnd ? 'its bytes end too early' : messageOf(error);
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
