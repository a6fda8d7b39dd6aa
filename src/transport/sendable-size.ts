import type { Logger } from 'pino';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { encodedSize } from '../record-size.ts';
import { messageOf } from '../waiting.ts';
import { PublishError } from './broker.ts';
import { CODECS } from './codecs.ts';
import type { Compression } from './compression.ts';
import { encodeRecord } from './kafkajs-encoder.ts';
import { HEADER_BYTES } from './record-batch.ts';

/**
 * A larger record is never sent, however well it compresses: a broker that does not take a request of such a size closes the
 * connection without a reason (`socket.request.max.bytes`, by default 100 MiB).
 */
export const MAX_RECORD_BYTES = 33_554_432;
/** Smaller records are sent without a check: the broker refuses them with a reason. */
const LARGE_BYTES = 262_144;
/** The limit is requested again after so long: an operator may have raised it, and returned parked records. */
const MAX_AGE_MS = 1_000;

/** Checks large records against the limit of their topic, which it requests of the broker. */
export class SendableSize {
  readonly #compression: Compression;
  readonly #askMaxBatchBytes: () => Promise<number>;
  readonly #log: Logger;
  #known: { readonly maxBatchBytes: number; readonly askedAt: number } | undefined;

  /** @param askMaxBatchBytes asks the broker for the topic's `max.message.bytes`. */
  constructor(compression: Compression, askMaxBatchBytes: () => Promise<number>, log: Logger) {
    this.#compression = compression;
    this.#askMaxBatchBytes = askMaxBatchBytes;
    this.#log = log;
  }

  /** @throws {PublishError} if one of the records can never be sent. */
  async require(records: readonly ProducedRecord[]): Promise<void> {
    for (const record of records) {
      const bytes = encodedSize(record);
      if (bytes > MAX_RECORD_BYTES) {
        throw refusal(aboveLimitOfService(bytes));
      }
      if (bytes < LARGE_BYTES) continue;
      const maxBatchBytes = await this.#maxBatchBytes();
      if (maxBatchBytes === undefined) continue;
      const batchBytes = await this.#batchBytes(record);
      if (batchBytes <= maxBatchBytes) continue;
      throw refusal(
        `it has ${String(batchBytes)} bytes, and max.message.bytes of its topic is ${String(maxBatchBytes)}`,
      );
    }
  }

  /** Returns the size that the broker compares: of the record as a batch of its own, compressed as it is sent. */
  async #batchBytes(record: ProducedRecord): Promise<number> {
    const { buffer } = encodeRecord(record);
    if (this.#compression === 'none') return HEADER_BYTES + buffer.length;
    return HEADER_BYTES + (await CODECS[this.#compression].compress(buffer)).length;
  }

  /** Returns undefined if the broker does not answer: then the broker's reaction to the send decides. */
  async #maxBatchBytes(): Promise<number | undefined> {
    const now = performance.now();
    if (this.#known !== undefined && now - this.#known.askedAt < MAX_AGE_MS) return this.#known.maxBatchBytes;
    try {
      this.#known = { maxBatchBytes: await this.#askMaxBatchBytes(), askedAt: now };
    } catch (error) {
      this.#known = undefined;
      this.#log.debug({ error: messageOf(error) }, 'failed to read max.message.bytes of a topic');
    }
    return this.#known?.maxBatchBytes;
  }
}

/** Returns why a record of this size can never be sent: the rest of a sentence whose subject is the record. */
export function aboveLimitOfService(bytes: number): string {
  return `it has ${String(bytes)} bytes, and the limit of the service is ${String(MAX_RECORD_BYTES)}`;
}

function refusal(what: string): PublishError {
  return new PublishError(what, { isRefused: true });
}
