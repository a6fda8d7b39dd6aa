import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer as KafkaConsumer, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../waiting.ts';
import type { Assignment, Consumer, Subscription } from './broker.ts';
import { brokerSentence } from './connection-fault.ts';
import { readFetched } from './kafkajs-fetch.ts';
import { heartbeatIntervalMs } from './kafkajs-group.ts';
import type { ThrottlePayload } from './kafkajs-request-queue.ts';

/**
 * Milliseconds until a lost consumer is built anew, doubled with each loss up to the most. The first one counts again once a
 * consumer was in its group for as long as the longest delay. That it has joined, or handled a fetch, says too little: one that
 * fails right after that would be rebuilt twice a second for ever.
 */
const REBUILD_DELAY = { first: 500, most: 10_000 } as const;

/** Bytes that one fetch may bring, in all and per partition: hints, the lanes have bounds of their own. */
const FETCH_BYTES = { all: 1_048_576, partition: 262_144 } as const;
const FETCH_WAIT = 100;

/** Milliseconds that leaving the group may take. */
const LEAVE_WITHIN = 1_500;

/** A partition added later is seen within this time; kafkajs' default is five minutes. */
const METADATA_AGE = 30_000;

export interface SubscribeOptions {
  /** Milliseconds. */
  readonly sessionTimeoutMs: number;
  /** What a record batch may have when it is decompressed. */
  readonly maxBatchBytes: number;
  readonly log: Logger;
}

/**
 * kafkajs gives up on a consumer for good, silently, for errors that pass (tulios/kafkajs#1630, #1536): a crashed
 * consumer is replaced by a new one, for as long as the subscription is wanted.
 */
export async function subscribe(
  kafka: Kafka,
  subscription: Subscription,
  { sessionTimeoutMs, maxBatchBytes, log }: SubscribeOptions,
): Promise<Consumer> {
  let current = build();
  let stopping = false;
  let delay: number = REBUILD_DELAY.first;
  let retry: NodeJS.Timeout | undefined;
  /** When the current consumer joined its group first; undefined until then. Milliseconds, as `performance` has them. */
  let inGroupSince: number | undefined;

  function build(): KafkaConsumer {
    const consumer = kafka.consumer({
      groupId: subscription.groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs * 2,
      heartbeatInterval: heartbeatIntervalMs(sessionTimeoutMs),
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
      inGroupSince ??= performance.now();
      const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      );
      // Synchronously, before kafkajs' first fetch: nothing is delivered until the lane knows where it starts.
      // (A pause also outlives a reassignment, so resuming is always the listener's word.)
      for (const { topic, partition } of partitions) consumer.pause([{ topic, partitions: [partition] }]);
      void subscription.assigned(partitions).then(() => {
        if (isAlive(consumer)) subscription.health(undefined);
      });
    });
    consumer.on(consumer.events.REBALANCING, () => {
      subscription.rebalancing();
    });
    consumer.on(consumer.events.REQUEST_QUEUE_SIZE, ({ payload }) => {
      const { throttledMs } = payload as ThrottlePayload;
      if (throttledMs !== undefined) subscription.throttled?.(throttledMs);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      rebuild(consumer, payload.error);
    });
    return consumer;
  }

  /** Whether it is neither lost nor replaced. */
  function isAlive(consumer: KafkaConsumer): boolean {
    return consumer === current && retry === undefined;
  }

  async function run(consumer: KafkaConsumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...subscription.topics], fromBeginning: subscription.from === 'earliest' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      async eachBatch({ batch, resolveOffset, isStale }) {
        const fetched = await readFetched(batch, maxBatchBytes);
        // Fetched before a seek, or by a consumer that was replaced: what comes next is somewhere else.
        if (isStale() || consumer !== current) return;
        subscription.fetched(batch.topic, batch.partition, fetched);
        resolveOffset(String(fetched.next - 1n));
      },
    });
  }

  function start(consumer: KafkaConsumer): void {
    run(consumer).catch((error: unknown) => {
      rebuild(consumer, error);
    });
  }

  function rebuild(lost: KafkaConsumer, error: unknown): void {
    if (stopping || !isAlive(lost)) return;
    if (performance.now() - (inGroupSince ?? Infinity) >= REBUILD_DELAY.most) delay = REBUILD_DELAY.first;
    inGroupSince = undefined;
    subscription.health(
      brokerSentence(error, 'CONSUMER_OUT', `The consumer is out of its group ${subscription.groupId}`),
      error,
    );
    log.debug(
      { consumerGroup: subscription.groupId, reason: messageOf(error), retryInMs: delay },
      'consumer lost, building a new one',
    );
    retry = setTimeout(() => {
      retry = undefined;
      current = build();
      void lost.disconnect().catch(() => undefined);
      start(current);
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

  start(current);
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
      // While the group waits for another member it cannot be left: its session ends then, as if it had died.
      await Promise.race([current.disconnect(), sleep(LEAVE_WITHIN, undefined, { ref: false })]);
    },
  });
}
