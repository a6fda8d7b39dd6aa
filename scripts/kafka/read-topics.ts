import { randomUUID } from 'node:crypto';
import type { IHeaders, Kafka } from 'kafkajs';
import kafkajs from '../../src/transport/kafkajs-mended.ts';

/** A record as its topic has it. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/** A client that is quiet: what passes it tries again, what does not it throws. */
export function kafkaClient(brokers: string): Kafka {
  return new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
}

export interface TopicReader {
  close(): Promise<void>;
}

/**
 * Reads topics by a group of its own that leaves no trace: from their first record, or from what comes after this
 * call. Resolves when nothing sent from now on can be missed.
 */
export async function readTopics(
  kafka: Kafka,
  topics: readonly string[],
  from: 'start' | 'end',
  take: (records: readonly TopicRecord[]) => void,
): Promise<TopicReader> {
  const admin = kafka.admin();
  await admin.connect();
  /** Where to go on: also after a rejoin, so that nothing is read twice. */
  const next = new Map<string, Map<number, bigint>>();
  for (const topic of topics) {
    const bounds = await admin.fetchTopicOffsets(topic);
    next.set(
      topic,
      new Map(bounds.map(({ partition, low, high }) => [partition, BigInt(from === 'start' ? low : high)])),
    );
  }
  await admin.disconnect();

  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const [topic, offsets] of next) {
        for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: String(offset) });
      }
      resolve();
    });
  });
  await consumer.run({
    autoCommit: false,
    eachBatch({ batch, resolveOffset }) {
      const { topic, partition, messages } = batch;
      const position = next.get(topic)?.get(partition) ?? 0n;
      const news = messages.filter(({ offset }) => BigInt(offset) >= position);
      next.get(topic)?.set(partition, BigInt(batch.lastOffset()) + 1n);
      take(
        news.map(({ offset, timestamp, key, value, headers = {} }) => ({
          topic,
          partition,
          offset: BigInt(offset),
          timestamp: Number(timestamp),
          key,
          value,
          headers,
        })),
      );
      resolveOffset(batch.lastOffset());
      return Promise.resolve();
    },
  });
  await joined;
  return { close: () => consumer.disconnect() };
}
