import type { Batch } from 'kafkajs';
import type { Fetched } from './broker.ts';
import { replaceModule } from './kafkajs-replace.ts';
import { readRecordSet } from './record-set.ts';

/** kafkajs' reader of a fetch response, at the record set of a partition. */
export interface ResponseDecoder {
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}

const EMPTY = Buffer.alloc(0);

/**
 * Returns a partition's record set without decoding it. kafkajs 2.2.4 decodes it at once: one batch that cannot be read fails the
 * whole fetch, of all partitions, and a batch of 150,000 records is too large for its call stack.
 */
export function takeRecordSet(decoder: ResponseDecoder): Promise<Buffer> {
  const size = decoder.readInt32();
  return Promise.resolve(size > 0 && decoder.canReadBytes(size) ? decoder.readBytes(size) : EMPTY);
}

/** The data of one partition in a fetch response, as kafkajs decodes it. */
export interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  /** Null if the broker lists none. */
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
  /** The result of {@link takeRecordSet}. */
  readonly messages: Buffer;
}

/** Replaces kafkajs' Batch, with the members that its runner uses. Nothing is decoded yet. */
export class FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  /** kafkajs reads the last one, to detect control records. */
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

  /** Everything is passed on: reading it finds out whether it has records. */
  isEmptyDueToFiltering(): boolean {
    return false;
  }

  // For the events of kafkajs, which have no listener.
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

/** The original of kafkajs. */
export const originalDecodeMessages = replaceModule<
  (decoder: ResponseDecoder) => Promise<readonly OriginalMessage[] | Buffer>
>('protocol/requests/fetch/v4/decodeMessages.js', takeRecordSet);

/** A record as kafkajs decodes it. */
export interface OriginalMessage {
  readonly offset: string;
  readonly timestamp: { toString(): string };
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, unknown>;
}

/**
 * Reads the records of a batch of kafkajs. Resolve the offset before `next` afterwards: the next fetch starts there.
 *
 * @param maxBytes the limit of a decompressed record batch.
 */
export function readFetched(batch: Batch, maxBytes: number): Promise<Fetched> {
  if (!(batch instanceof FetchedBatch)) throw new Error('kafkajs was loaded before its modules were replaced');
  return batch.read(maxBytes);
}
