import type { Admin, CompressionTypes, Kafka, Producer } from 'kafkajs';
import type { Logger } from 'pino';
import { PublishError } from './broker.ts';
import type { Broker } from './broker.ts';
import { subscribeToExisting } from './existing-topics.ts';
import { subscribe } from './kafkajs-consumer.ts';
import { ServiceError } from '../errors.ts';
import { messageOf } from '../waiting.ts';
import type { Compression } from './compression.ts';
import { compressionType } from './kafkajs-codecs.ts';
import kafkajs from './kafkajs-mended.ts';
import { guardedSocket } from './kafkajs-socket.ts';

/** Milliseconds. */
const CONNECTION_TIMEOUT = 2_000;
const REQUEST_TIMEOUT = 5_000;

/** A new leader is looked for after so many milliseconds, where the old one says nothing any more. */
const METADATA_AGE = 10_000;

/**
 * A send is tried once. kafkajs' own retry remembers which brokers have acked, and asks none of them again: where a
 * partition moves from one that refused to one that has acked, its records are left out, and the send resolves.
 */
export const PRODUCER_RETRY = { retries: 0 };

/** What the broker will never take, however often it is sent. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Milliseconds without a heartbeat until the group takes a member's partitions away. */
  readonly sessionTimeout: number;
  /** Of what is sent. */
  readonly compression: Compression;
  /** What a record batch may have when it is decompressed. */
  readonly maxBatchBytes: number;
  readonly log: Logger;
}

/**
 * The broker by kafkajs. What it does not do well is done here once, each with its reason.
 *
 * @throws {ServiceError} BROKER_UNREACHABLE
 */
export async function connectKafka(options: KafkaOptions): Promise<Broker> {
  const { brokers, clientId, compression, log } = options;
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    socketFactory: guardedSocket,
    enforceRequestTimeout: true,
    // Every value set: kafkajs has others where NODE_ENV is test.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, factor: 0.2, multiplier: 2 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      log.debug({ kafkajs: entry.log }, entry.log.message);
    },
  });
  const admin = kafka.admin();
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // kafkajs' idempotence can lose a batch that it reports as acked (tulios/kafkajs#1005).
    idempotent: false,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_AGE,
    retry: PRODUCER_RETRY,
  });
  try {
    await Promise.all([admin.connect(), producer.connect()]);
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    throw new ServiceError('BROKER_UNREACHABLE', 'The broker does not answer', error);
  }
  return {
    missingTopics: (names) => missingTopics(admin, names),
    bounds: (topic) => withAdmin(kafka, (one) => bounds(one, topic)),
    committed: (groupId, topic) => committed(admin, groupId, topic),
    subscribe: (subscription) =>
      Promise.resolve(
        subscribeToExisting(
          {
            missingTopics: (names) => missingTopics(admin, names),
            subscribe: (existing) => subscribe(kafka, existing, options),
          },
          subscription,
          log,
        ),
      ),
    publish: (...sending) => publish(producer, compressionType(compression), ...sending),
    async close() {
      await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    },
  };
}

async function missingTopics(admin: Admin, names: readonly string[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  return names.filter((name) => !existing.has(name));
}

/**
 * Asks by a client of its own: one that has asked about a topic asks for its metadata ever after, and when that topic is
 * gone it can ask about no other.
 */
async function withAdmin<Result>(kafka: Kafka, ask: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

async function bounds(admin: Admin, topic: string) {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map((o) => [o.partition, { low: BigInt(o.low), high: BigInt(o.high) }]));
}

async function committed(admin: Admin, groupId: string, topic: string): Promise<Map<number, bigint>> {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return new Map(
    (answer?.partitions ?? []).filter((o) => Number(o.offset) >= 0).map((o) => [o.partition, BigInt(o.offset)]),
  );
}

async function publish(
  producer: Producer,
  compression: CompressionTypes,
  ...[topic, records, milliseconds]: Parameters<Broker['publish']>
): Promise<void> {
  const messages = records.map(({ key, value, headers }) => ({
    key,
    value,
    headers: headers as Record<string, Buffer | string | (Buffer | string)[]>,
  }));
  if (milliseconds <= 0) throw new PublishError(`${topic}: no time is left for it`, false, undefined);
  const timeout = rejectAfter(milliseconds, `no ack from the broker within ${String(milliseconds)} ms`);
  try {
    await Promise.race([
      producer.send({ topic, messages, compression, acks: -1, timeout: REQUEST_TIMEOUT }),
      timeout.promise,
    ]);
  } catch (error) {
    throw new PublishError(`${topic}: ${messageOf(error)}`, isRefusal(error), error);
  } finally {
    timeout.clear();
  }
}

function isRefusal(error: unknown): boolean {
  for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    if (REFUSALS.has(String((at as { type?: unknown }).type))) return true;
  }
  return false;
}

function rejectAfter(milliseconds: number, message: string) {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(message));
    }, milliseconds);
  });
  promise.catch(() => undefined);
  return {
    promise,
    clear: () => {
      clearTimeout(timer);
    },
  };
}
