import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer as KafkaConsumer, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { messageOf } from '../waiting.ts';
import type { Assignment, GroupMembership, Subscription } from './broker.ts';
import { brokerSentence } from './connection-fault.ts';
import { readFetched } from './kafkajs-fetch.ts';
import { heartbeatIntervalMs } from './kafkajs-group.ts';
import type { ThrottlePayload } from './kafkajs-request-queue.ts';

/**
 * Delay until a lost consumer is replaced, doubled with each loss up to the maximum. It starts again with the first once a consumer
 * was in its group for as long as the longest delay. A join, or a handled fetch, is too little: a consumer that fails right
 * after it would be replaced twice a second without end.
 */
const REBUILD_DELAY_MS = { first: 500, max: 10_000 } as const;

/** The limits of one fetch, in all and per partition. They are hints: the lanes have limits of their own. */
const MAX_FETCH_BYTES = { all: 1_048_576, partition: 262_144 } as const;
const FETCH_WAIT_MS = 100;

const MAX_LEAVE_MS = 1_500;

/** A new partition is noticed within this time; kafkajs' default is five minutes. */
const MAX_METADATA_AGE_MS = 30_000;

export interface SubscribeOptions {
  readonly sessionTimeoutMs: number;
  /** The limit of a decompressed record batch. */
  readonly maxBatchBytes: number;
  readonly log: Logger;
}

/**
 * Subscribes, and replaces a consumer that crashes until the subscription stops. kafkajs itself gives up on a consumer silently
 * and for good, for temporary errors too (tulios/kafkajs#1630, #1536).
 */
export async function subscribe(
  kafka: Kafka,
  subscription: Subscription,
  { sessionTimeoutMs, maxBatchBytes, log }: SubscribeOptions,
): Promise<GroupMembership> {
  let current = build();
  let stopping = false;
  let delay: number = REBUILD_DELAY_MS.first;
  let retry: NodeJS.Timeout | undefined;
  /** When the current consumer first joined its group, by the clock of `performance`; undefined until then. */
  let inGroupSince: number | undefined;

  function build(): KafkaConsumer {
    const consumer = kafka.consumer({
      groupId: subscription.groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs * 2,
      heartbeatInterval: heartbeatIntervalMs(sessionTimeoutMs),
      maxBytes: MAX_FETCH_BYTES.all,
      maxBytesPerPartition: MAX_FETCH_BYTES.partition,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: MAX_METADATA_AGE_MS,
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
      // Synchronously, before kafkajs' first fetch: nothing is delivered until the lane has its start offset. A pause also
      // outlives a reassignment, so only the listener resumes.
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
        // Fetched before a seek, or by a consumer that was replaced: the next record has another offset.
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
    if (performance.now() - (inGroupSince ?? Infinity) >= REBUILD_DELAY_MS.max) delay = REBUILD_DELAY_MS.first;
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
    delay = Math.min(delay * 2, REBUILD_DELAY_MS.max);
  }

  const one = ({ topic, partition }: Assignment) => [{ topic, partitions: [partition] }];

  /** Steers the current consumer. It refuses while it is not in the group; its next assignment repeats everything. */
  function steer(how: (consumer: KafkaConsumer) => void): void {
    try {
      how(current);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'not in the group: no partition to pause, resume or seek');
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
      // A member cannot leave while the group waits for another one. Its session then ends as if it had crashed.
      await Promise.race([current.disconnect(), sleep(MAX_LEAVE_MS, undefined, { ref: false })]);
    },
  });
}
