import type { Kafka, Producer } from 'kafkajs';
import type { Logger } from 'pino';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { messageOf } from '../waiting.ts';
import { PublishError } from './broker.ts';
import type { Compression } from './compression.ts';
import { withAdmin } from './kafkajs-admin.ts';
import { compressionType } from './kafkajs-codecs.ts';
import kafkajs from './kafkajs-mended.ts';
import type { ThrottlePayload } from './kafkajs-request-queue.ts';
import { SendableSize } from './sendable-size.ts';

/** A producer requests metadata after so long: a leader that is silent may have been replaced. */
const MAX_METADATA_AGE_MS = 10_000;
/** The time for which the broker waits for its replicas. */
const ACK_TIMEOUT_MS = 5_000;

/**
 * A send is tried once. kafkajs' own retry remembers which brokers have acked, and sends nothing more to them: if a partition
 * moves from a broker that refused to one that has acked, its records are lost, and the send resolves.
 */
export const PRODUCER_RETRY = { retries: 0 };

/** Errors of records that the broker will never take. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/**
 * kafkajs' producer of one topic. A producer requests the metadata of all topics that it has ever sent to, all or none: with
 * several topics it sends to none once one is missing. It connects with its first send, and is replaced after a send that failed:
 * kafkajs remembers a missing topic even when that exists again.
 */
export class TopicProducer {
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #compression: Compression;
  readonly #sendable: SendableSize;
  #producer: Producer | undefined;
  /** By the clock of `performance`. */
  #throttledUntil = 0;

  constructor(kafka: Kafka, topic: string, compression: Compression, log: Logger) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#compression = compression;
    this.#sendable = new SendableSize(compression, () => askMaxMessageBytes(kafka, topic), log);
  }

  /** For how many milliseconds from now on the broker throttles sends to this topic; 0 if it does not. */
  get throttledMs(): number {
    return Math.max(0, this.#throttledUntil - performance.now());
  }

  /**
   * Sends the records, in order; resolves when the broker has acked them all.
   *
   * @throws {PublishError} also if that takes longer than `milliseconds`: then with the send that is still in flight.
   */
  async publish(records: readonly ProducedRecord[], milliseconds: number): Promise<void> {
    if (milliseconds <= 0) throw new PublishError(`${this.#topic}: no time is left for it`);
    const sending = this.#send(records);
    // It may fail after the timeout.
    sending.catch(() => undefined);
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, milliseconds, 'late');
    try {
      if ((await Promise.race([sending, late])) !== 'late') return;
    } finally {
      clearTimeout(timer);
    }
    const what = `${this.#topic}: no ack from the broker within ${String(milliseconds)} ms`;
    throw new PublishError(what, { underWay: sending });
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect();
  }

  async #send(records: readonly ProducedRecord[]): Promise<void> {
    await this.#sendable.require(records);
    const producer = (this.#producer ??= this.#build());
    try {
      // Does nothing if it is connected.
      await producer.connect();
      await producer.send({
        topic: this.#topic,
        messages: records.map(({ key, value, headers }) => ({
          key,
          value,
          headers: headers as Record<string, Buffer | string | (Buffer | string)[]>,
        })),
        compression: compressionType(this.#compression),
        acks: -1,
        timeout: ACK_TIMEOUT_MS,
      });
    } catch (error) {
      const isRefused = isRefusal(error);
      if (!isRefused) {
        this.#producer = undefined;
        producer.disconnect().catch(() => undefined);
      }
      throw new PublishError(`${this.#topic}: ${messageOf(error)}`, { isRefused, cause: error });
    }
  }

  #build(): Producer {
    const producer = this.#kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      // kafkajs' idempotence can lose a batch that it reports as acked (tulios/kafkajs#1005).
      idempotent: false,
      allowAutoTopicCreation: false,
      metadataMaxAge: MAX_METADATA_AGE_MS,
      retry: PRODUCER_RETRY,
    });
    producer.on(producer.events.REQUEST_QUEUE_SIZE, ({ payload }) => {
      const { throttledMs = 0 } = payload as ThrottlePayload;
      this.#throttledUntil = Math.max(this.#throttledUntil, performance.now() + throttledMs);
    });
    return producer;
  }
}

async function askMaxMessageBytes(kafka: Kafka, topic: string): Promise<number> {
  const name = 'max.message.bytes';
  const { resources } = await withAdmin(kafka, (admin) =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }],
    }),
  );
  const value = resources[0]?.configEntries.find((entry) => entry.configName === name)?.configValue;
  if (value === undefined) throw new Error(`the broker names no ${name}`);
  return Number(value);
}

function isRefusal(error: unknown): boolean {
  for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    if (REFUSALS.has(String((at as { type?: unknown }).type))) return true;
  }
  return false;
}
