import { AbortedTransactions } from './aborted.ts';
import type { AbortedTransaction } from './aborted.ts';
import type { BrokerRecord, Fetched } from './broker.ts';
import { messageOf } from '../waiting.ts';
import { HEADER_BYTES, MAGIC, MAX_RECORDS, readBatch, readHeader } from './record-batch.ts';
import type { BatchHeader } from './record-batch.ts';

export interface FetchedBytes {
  /** Record batches; the last one may be incomplete. */
  readonly bytes: Buffer;
  /** The requested offset: the first batch may begin before it. */
  readonly from: bigint;
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * Reads the record set of one partition, up to the first batch that is damaged. Leaves out control records and the records of
 * aborted transactions. Never rejects: damage is a value.
 *
 * @param maxBytes the limit of a decompressed batch. Reading also ends after the batch with which all together have as many
 *   bytes, or {@link MAX_RECORDS}: the others are fetched again.
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
    // The broker always sends the first batch complete: without it no reader could continue.
    if ((header === undefined || header.size > rest.length) && at > 0) break;
    if (header === undefined) return { first: from, next, records, damage: tooShort(rest, from) };
    try {
      const content = await readBatch(checked(header, rest), maxBytes);
      if (header.isControl) transactions.passMarker(header, content.records);
      // A fetch returns whole batches: the first one may have records before the requested offset.
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

/** Takes the end of the damaged batch from its own header, if that can be right. */
function damageOf({ firstOffset, lastOffset }: BatchHeader, next: bigint, reason: string) {
  const offset = max(firstOffset, next);
  return { offset, next: max(lastOffset, offset) + 1n, reason };
}

/** A message of an older format can be shorter than the header of a batch. Only the first batch of a fetch is checked. */
function tooShort(bytes: Buffer, from: bigint) {
  return { offset: from, next: from + 1n, reason: `it has ${String(bytes.length)} bytes, too few for a batch` };
}

/** Replaces the error of a read after the end of a buffer: its position means nothing to an operator. */
function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const isBeyondEnd = code === 'ERR_OUT_OF_RANGE' || code === 'ERR_BUFFER_OUT_OF_BOUNDS';
  return isBeyondEnd ? 'its bytes end too early' : messageOf(error);
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
