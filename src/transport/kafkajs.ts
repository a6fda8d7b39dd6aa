import type { Admin, Consumer as KafkaConsumer, Kafka, KafkaMessage, Producer } from 'kafkajs';
import type { Logger } from 'pino';
import { PublishError } from './broker.ts';
import type { Assignment, Broker, BrokerRecord, Consumer, Subscription } from './broker.ts';
import { messageOf } from '../waiting.ts';
import kafkajs from './kafkajs-mended.ts';

/** Milliseconds. One send with its tries ends within 8 s: the publisher holds its streams' rows meanwhile. */
const CONNECTION_TIMEOUT = 2_000;
const REQUEST_TIMEOUT = 5_000;
const SEND_TIMEOUT = 8_000;
const REBUILD_DELAY = { first: 500, most: 10_000 } as const;

/** Bytes that one fetch may bring, in all and per partition: hints, the lanes have bounds of their own. */
const FETCH_BYTES = { all: 1_048_576, partition: 262_144 } as const;
const FETCH_WAIT = 100;

/** A partition added later is seen within this time; kafkajs' default is five minutes. */
const METADATA_AGE = 30_000;

/** What the broker will never take, however often it is sent. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Milliseconds without a heartbeat until the group takes a member's partitions away. */
  readonly sessionTimeout: number;
  readonly log: Logger;
}

/** The broker by kafkajs. What it does not do well is done here once, each with its reason. */
export async function connectKafka({ brokers, clientId, sessionTimeout, log }: KafkaOptions): Promise<Broker> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
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
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 2, factor: 0.2, multiplier: 2 },
  });
  try {
    await Promise.all([admin.connect(), producer.connect()]);
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    throw error;
  }
  return {
    missingTopics: (names) => missingTopics(admin, names),
    bounds: (topic) => bounds(admin, topic),
    committed: (groupId, topic) => committed(admin, groupId, topic),
    subscribe: (subscription) => subscribe(kafka, subscription, sessionTimeout, log),
    publish: (topic, records) => publish(producer, topic, records),
    async close() {
      await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    },
  };
}

async function missingTopics(admin: Admin, names: readonly string[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  return names.filter((name) => !existing.has(name));
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

async function publish(producer: Producer, topic: string, records: Parameters<Broker['publish']>[1]): Promise<void> {
  const messages = records.map(({ key, value, headers }) => ({
    key,
    value,
    headers: headers as Record<string, Buffer | string | (Buffer | string)[]>,
  }));
  const timeout = rejectAfter(SEND_TIMEOUT, `no ack from the broker within ${String(SEND_TIMEOUT / 1000)} s`);
  try {
    await Promise.race([producer.send({ topic, messages, acks: -1, timeout: REQUEST_TIMEOUT }), timeout.promise]);
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

/**
 * kafkajs gives up on a consumer for good, silently, for errors that pass (tulios/kafkajs#1630, #1536): a crashed
 * consumer is replaced by a new one, for as long as the subscription is wanted.
 */
async function subscribe(
  kafka: Kafka,
  subscription: Subscription,
  sessionTimeout: number,
  log: Logger,
): Promise<Consumer> {
  let current = build();
  let stopping = false;
  let delay: number = REBUILD_DELAY.first;
  let retry: NodeJS.Timeout | undefined;

  function build(): KafkaConsumer {
    const consumer = kafka.consumer({
      groupId: subscription.groupId,
      sessionTimeout,
      rebalanceTimeout: sessionTimeout * 2,
      heartbeatInterval: sessionTimeout / 3,
      maxBytes: FETCH_BYTES.all,
      maxBytesPerPartition: FETCH_BYTES.partition,
      maxWaitTimeInMs: FETCH_WAIT,
      metadataMaxAge: METADATA_AGE,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        retries: 5,
        factor: 0.2,
        multiplier: 2,
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    // Listeners before run(), or the first GROUP_JOIN is missed.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      delay = REBUILD_DELAY.first;
      const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      );
      // Synchronously, before kafkajs' first fetch: nothing is delivered until the lane knows where it starts.
      // (A pause also outlives a reassignment, so resuming is always the listener's word.)
      for (const { topic, partition } of partitions) consumer.pause([{ topic, partitions: [partition] }]);
      void subscription.assigned(partitions).then(() => {
        subscription.health(undefined);
      });
    });
    consumer.on(consumer.events.REBALANCING, () => {
      subscription.rebalancing();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      rebuild(payload.error.message);
    });
    return consumer;
  }

  async function run(consumer: KafkaConsumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...subscription.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch({ batch, resolveOffset, isStale }) {
        // Fetched before a seek: what comes next is somewhere else.
        if (!isStale()) {
          subscription.records(batch.topic, batch.partition, batch.messages.map(toRecord));
          resolveOffset(batch.lastOffset());
        }
        return Promise.resolve();
      },
    });
  }

  function rebuild(reason: string): void {
    if (stopping || retry !== undefined) return;
    subscription.health(`the consumer of group ${subscription.groupId} is away: ${reason}`);
    log.warn({ group: subscription.groupId, reason, retryInMs: delay }, 'consumer lost, building a new one');
    retry = setTimeout(() => {
      retry = undefined;
      const old = current;
      current = build();
      void old.disconnect().catch(() => undefined);
      run(current).catch((error: unknown) => {
        rebuild(messageOf(error));
      });
    }, delay);
    delay = Math.min(delay * 2, REBUILD_DELAY.most);
  }

  const one = ({ topic, partition }: Assignment) => [{ topic, partitions: [partition] }];

  /** Steers the current consumer. One that is not in the group yet refuses; its assignment will say it all anew. */
  function steer(how: (consumer: KafkaConsumer) => void): void {
    try {
      how(current);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'not in the group: nothing to steer');
    }
  }

  run(current).catch((error: unknown) => {
    rebuild(messageOf(error));
  });
  return Promise.resolve({
    pause: (partition) => {
      steer((consumer) => {
        consumer.pause(one(partition));
      });
    },
    resume: (partition) => {
      steer((consumer) => {
        consumer.resume(one(partition));
      });
    },
    seek: ({ topic, partition }, offset) => {
      steer((consumer) => {
        consumer.seek({ topic, partition, offset: String(offset) });
      });
    },
    commit: (offsets) =>
      current.commitOffsets(offsets.map(({ topic, partition, next }) => ({ topic, partition, offset: String(next) }))),
    async stop() {
      stopping = true;
      clearTimeout(retry);
      await current.disconnect();
    },
  });
}

function toRecord({ offset, timestamp, key, value, headers }: KafkaMessage): BrokerRecord {
  return { offset: BigInt(offset), timestamp: Number(timestamp), key, value, headers };
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
