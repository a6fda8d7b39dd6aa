import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '@pet-service/contract';
import { Partitioners } from 'kafkajs';
import type { Consumer, ConsumerCrashEvent, Kafka, TopicPartitionOffset } from 'kafkajs';
import { createClient } from './client.js';
import type { ClientOptions, PetClient, Subscription, Transport } from './client.js';

export { AnswerTimeout } from './answers.js';
export type { Answers } from './answers.js';
export type * from './client.js';
export { CopyFilter } from './copies.js';
export type { CopyState } from './copies.js';

/** Delay before a consumer restarts after an error that kafkajs does not retry. */
const RESTART_PAUSE_MS = 1_000;

export interface PetClientOptions extends ClientOptions {
  readonly kafka: Kafka;
  /** Returns the topic of a channel. By default, the environment variable of its name decides, else its address is the topic. */
  readonly topicOf?: (channel: Channel) => string;
}

/**
 * Creates a client that sends commands in the name of a tenant, and reads their answers and the tenant's events.
 *
 * ```ts
 * const pets = createPetClient({ kafka, tenant });
 * await pets.connect();
 * const sent = await pets.awardCloseness({ actorId: 12, petId: 7, body: { amount: 5 } });
 * const answer = await sent.answer();
 * ```
 */
export function createPetClient({ kafka, topicOf = topicByVariable, ...options }: PetClientOptions): PetClient {
  return createClient(kafkajsTransport(kafka, topicOf), options);
}

function topicByVariable({ name, env, address }: Channel): string {
  const topic = (env === undefined ? undefined : process.env[env]) || address;
  if (topic === undefined) throw new Error(`channel ${name} has no topic: give "topicOf"`);
  return topic;
}

function kafkajsTransport(kafka: Kafka, topicOf: (channel: Channel) => string): Transport {
  // The partitioner of the Java client: murmur2 of the key. An owner's and a pet's records stay in order.
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    // A topic with a mistyped name must not come into being.
    allowAutoTopicCreation: false,
  });
  const logger = kafka.logger();
  return {
    connect: () => producer.connect(),
    disconnect: () => producer.disconnect(),
    async send(channel, { key, value, headers }) {
      const messages = [{ key, value, headers: headers as Record<string, Buffer | string> }];
      await producer.send({ topic: topicOf(channel), messages });
    },
    async follow(channels, take) {
      const topics = channels.map(topicOf);
      const next = await ends(kafka, topics);
      const consumer = kafka.consumer({
        groupId: `pet-client-${randomUUID()}`,
        maxWaitTimeInMs: 250,
        allowAutoTopicCreation: false,
      });
      return read(
        consumer,
        channels,
        { fromBeginning: true, autoCommit: false },
        async (channel, record) => {
          const { topic, partition, offset } = record;
          next.set(positionName(topic, partition), { topic, partition, offset: String(BigInt(offset) + 1n) });
          await take(channel, record);
        },
        // The group has committed nothing: each time that it joins, it continues where this client is.
        () => {
          for (const position of next.values()) consumer.seek(position);
        },
      );
    },
    join: (channels, { groupId, fromBeginning = false }, take) =>
      read(
        kafka.consumer({ groupId, allowAutoTopicCreation: false }),
        channels,
        { fromBeginning, autoCommit: true },
        take,
      ),
    report: (line) => logger.error(line),
  };

  /** Resolves when the consumer has joined its group. */
  async function read(
    consumer: Consumer,
    channels: readonly Channel[],
    { fromBeginning, autoCommit }: { readonly fromBeginning: boolean; readonly autoCommit: boolean },
    take: Parameters<Transport['join']>[2],
    onJoin: () => void = () => undefined,
  ): Promise<Subscription> {
    const byTopic = new Map(channels.map((channel) => [topicOf(channel), channel]));
    const closed = new AbortController();
    const run = () =>
      consumer.run({
        autoCommit,
        async eachMessage({ topic, partition, message: { key, value, offset, headers } }) {
          const channel = byTopic.get(topic);
          if (channel === undefined) throw new Error(`a record came from topic ${topic}, which was not asked for`);
          await take(channel, { topic, partition, offset, key, value, headers });
        },
      });
    const close = () => {
      closed.abort();
      return consumer.disconnect();
    };
    // kafkajs may restart, or finish a join, after disconnect() has returned.
    const closeAgain = () => void setImmediate(() => void consumer.disconnect().catch(() => undefined));
    let hasJoined = false;
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, () => {
        if (closed.signal.aborted) return closeAgain();
        hasJoined = true;
        onJoin();
        resolve();
      });
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }: ConsumerCrashEvent) => {
        if (closed.signal.aborted) return closeAgain();
        if (restart) return;
        // What kafkajs does not retry: some seconds without a broker, an unknown compression, a missing right.
        if (hasJoined) void restartLater(error);
        else reject(error);
      });
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...byTopic.keys()], fromBeginning });
      await Promise.all([run(), joined]);
    } catch (error) {
      await close().catch(() => undefined);
      throw error;
    }
    return { close };

    async function restartLater(error: Error): Promise<void> {
      logger.error(`cannot read ${[...byTopic.keys()].join(', ')}, trying again: ${error.message}`);
      await sleep(RESTART_PAUSE_MS, undefined, { signal: closed.signal }).catch(() => undefined);
      if (closed.signal.aborted) return;
      await run().catch((cause: unknown) => restartLater(cause as Error));
    }
  }
}

const positionName = (topic: string, partition: number) => `${topic}/${String(partition)}`;

/** Returns the next offset of each partition. */
async function ends(kafka: Kafka, topics: readonly string[]): Promise<Map<string, TopicPartitionOffset>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const next = new Map<string, TopicPartitionOffset>();
    for (const topic of topics) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        next.set(positionName(topic, partition), { topic, partition, offset: high });
    }
    return next;
  } finally {
    await admin.disconnect();
  }
}
