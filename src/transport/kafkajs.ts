import type { Admin, KafkaConfig } from 'kafkajs';
import type { Logger } from 'pino';
import type { Broker } from './broker.ts';
import { subscribeToExisting } from './existing-topics.ts';
import { brokerFault, connectionFault } from './connection-fault.ts';
import { bounds, committed, missingTopics, withAdmin } from './kafkajs-admin.ts';
import { connectionSettings } from './kafkajs-client.ts';
import { subscribe } from './kafkajs-consumer.ts';
import { isRefusalEntry } from './kafkajs-login.ts';
import { ServiceError } from '../errors.ts';
import type { Compression } from './compression.ts';
import kafkajs from './kafkajs-mended.ts';
import { TopicProducer } from './kafkajs-producer.ts';
import type { KafkaSecurity } from './security.ts';

const CONNECTION_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** As long as a send may take: it must not be repeated while the broker may still write its records. */
const SEND_TIMEOUT_MS = 8_000;

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity;
  readonly clientId: string;
  /** Time without a heartbeat after which the group reassigns a member's partitions. */
  readonly sessionTimeoutMs: number;
  /** The compression of sent records. */
  readonly compression: Compression;
  /** The limit of a decompressed record batch. */
  readonly maxBatchBytes: number;
  readonly log: Logger;
}

/**
 * Connects to the broker by kafkajs.
 *
 * @throws {ServiceError} with the code of the reason: BROKER_UNREACHABLE, BROKER_LOGIN_REFUSED...
 */
export async function connectKafka(options: KafkaOptions): Promise<Broker> {
  const { brokers, security, clientId, compression, log } = options;
  const settings: KafkaConfig = {
    ...connectionSettings(brokers, security),
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    // All values are set: kafkajs has other defaults if NODE_ENV is test.
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      retries: Math.max(5, brokers.length),
      factor: 0.2,
      multiplier: 2,
    },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      if (!isRefusalEntry(entry.log.message)) log.debug({ kafkajs: entry.log }, entry.log.message);
    },
  };
  const kafka = new kafkajs.Kafka(settings);
  const sending = new kafkajs.Kafka({ ...settings, requestTimeout: SEND_TIMEOUT_MS });
  const producers = new Map<string, TopicProducer>();
  function producerOf(topic: string): TopicProducer {
    const producer = producers.get(topic) ?? new TopicProducer(sending, topic, compression, log);
    producers.set(topic, producer);
    return producer;
  }
  const admin = kafka.admin();
  try {
    await admin.connect();
    // A listener that wants a login answers the request of the connection, and no other.
    await admin.describeCluster();
  } catch (error) {
    await admin.disconnect().catch(() => undefined);
    const { code, what, detail } = brokerFault(error);
    throw new ServiceError(code, what, detail);
  }
  return {
    missingTopics: (names) => missingTopics(admin, names),
    hiddenTopics: (names) => withAdmin(kafka, (one) => hiddenTopics(one, names)),
    bounds: (topic) => withAdmin(kafka, (one) => bounds(one, topic)),
    committed: (groupId, topic) => committed(admin, groupId, topic),
    subscribe: (subscription) =>
      Promise.resolve(
        subscribeToExisting(
          {
            missingTopics: (names) => missingTopics(admin, names),
            hiddenTopics: (names) => withAdmin(kafka, (one) => hiddenTopics(one, names)),
            subscribe: (existing) => subscribe(kafka, existing, options),
          },
          subscription,
          log,
        ),
      ),
    publish: (topic, records, milliseconds) => producerOf(topic).publish(records, milliseconds),
    throttledMs: (topic) => producerOf(topic).throttledMs,
    async close() {
      await Promise.allSettled([admin.disconnect(), ...[...producers.values()].map((producer) => producer.close())]);
    },
  };
}

/** A list leaves out topics that the user has no right to see; a request about one topic is refused with that reason. */
async function hiddenTopics(admin: Admin, names: readonly string[]): Promise<string[]> {
  const hidden: string[] = [];
  for (const topic of names) {
    await admin.fetchTopicMetadata({ topics: [topic] }).catch((error: unknown) => {
      if (connectionFault(error)?.code === 'BROKER_RIGHTS_MISSING') hidden.push(topic);
    });
  }
  return hidden;
}
