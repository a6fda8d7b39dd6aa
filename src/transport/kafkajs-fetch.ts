import type { Batch } from 'kafkajs';
import type { Fetched } from './broker.ts';
import { replacePart } from './kafkajs-replace.ts';
import { readRecordSet } from './record-set.ts';

/** kafkajs' reader over the bytes of a fetch response, at the record set of a partition. */
export interface ResponseDecoder {
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}

const EMPTY = Buffer.alloc(0);

/**
 * Leaves a partition's record set as it is. kafkajs 2.2.4 decodes it at once: one batch that cannot be read makes the
 * whole fetch fail, of all partitions, and a batch of 150,000 records is too large for its call stack.
 */
export function takeRecordSet(decoder: ResponseDecoder): Promise<Buffer> {
  const size = decoder.readInt32();
  return Promise.resolve(size > 0 && decoder.canReadBytes(size) ? decoder.readBytes(size) : EMPTY);
}

/** A partition's part of a fetch response, as kafkajs decodes it. */
export interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  /** Null where the broker lists none. */
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
  /** What {@link takeRecordSet} has put there. */
  readonly messages: Buffer;
}

/** In the place of kafkajs' Batch, with what its runner asks of it: nothing is decoded yet. */
export class FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  /** kafkajs looks here for the last one, to find out about control records. */
  readonly messages = [];
  readonly #fetchedOffset: string;
  readonly #data: PartitionData;

  constructor(topic: string, fetchedOffset: string, data: PartitionData) {
    this.topic = topic;
    this.partition = data.partition;
    this.highWatermark = data.highWatermark;
    this.#fetchedOffset = fetchedOffset;
    this.#data = data;
  }

  read(maxBytes: number): Promise<Fetched> {
    const { messages, abortedTransactions } = this.#data;
    const aborted = (abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
      producerId: BigInt(producerId),
      firstOffset: BigInt(firstOffset),
    }));
    return readRecordSet({ bytes: messages, from: BigInt(this.#fetchedOffset), aborted }, maxBytes);
  }

  isEmpty(): boolean {
    return this.#data.messages.length === 0;
  }

  /** If there is anything, it is handed on: who reads it finds out what it is. */
  isEmptyDueToFiltering(): boolean {
    return false;
  }

  // For the events of kafkajs, which nobody listens to.
  firstOffset(): string {
    return this.#fetchedOffset;
  }
  lastOffset(): string {
    return this.#fetchedOffset;
  }
  offsetLag(): string {
    return '0';
  }
  offsetLagLow(): string {
    return '0';
  }
}

/** What kafkajs had there. */
export const originalDecodeMessages = replacePart<
  (decoder: ResponseDecoder) => Promise<readonly OriginalMessage[] | Buffer>
>('protocol/requests/fetch/v4/decodeMessages.js', takeRecordSet);

/** As kafkajs decodes a record. */
export interface OriginalMessage {
  readonly offset: string;
  readonly timestamp: { toString(): string };
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, unknown>;
}

/**
 * Reads what kafkajs hands on as a batch. Then `next` says where to go on: resolve the offset before it.
 *
 * @param maxBytes that a record batch may have when it is decompressed.
 */
export function readFetched(batch: Batch, maxBytes: number): Promise<Fetched> {
  if (!(batch instanceof FetchedBatch)) throw new Error('kafkajs was loaded before its parts were replaced');
  return batch.read(maxBytes);
}
