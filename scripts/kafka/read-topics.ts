import { randomUUID } from 'node:crypto';
import type { IHeaders, Kafka } from 'kafkajs';
import { readKafkaSecurity } from '../../src/config.ts';
import { connectionSettings } from '../../src/transport/kafkajs-client.ts';
import { readFetched } from '../../src/transport/kafkajs-fetch.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { allVariables } from '../../src/variables.ts';

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

/**
 * A client that is quiet: what passes it tries again, what does not it throws. It connects as the service does.
 *
 * @param brokers `host:port`, several with commas between.
 * @param environment has the KAFKA_TLS and KAFKA_SASL variables.
 * @throws {ConfigError}
 */
export function kafkaClient(brokers: string, environment: NodeJS.ProcessEnv = process.env): Kafka {
  return new kafkajs.Kafka({
    ...connectionSettings(brokers.split(','), readKafkaSecurity(environment)),
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** How far a partition is read: up to before `next`. */
export interface ReadUntil {
  readonly topic: string;
  readonly partition: number;
  readonly next: bigint;
}

const MAX_BATCH_BYTES = Number(allVariables()['KAFKA_MAX_BATCH_BYTES']?.default);

export interface TopicReader {
  close(): Promise<void>;
}

/**
 * Reads topics by a group of its own that leaves no trace: from their first record, or from what comes after this
 * call. Resolves when nothing sent from now on can be missed. A batch that cannot be read is left out, with a line on
 * standard error.
 */
export async function readTopics(
  kafka: Kafka,
  topics: readonly string[],
  from: 'start' | 'end',
  take: (records: readonly TopicRecord[], read: ReadUntil) => void,
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
  const joined = new Promise<void>((resolve, reject) => {
    // What kafkajs does not try again, a missing right to the group for example, run() does not throw either.
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const [topic, offsets] of next) {
        for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: String(offset) });
      }
      resolve();
    });
  });
  const running = consumer.run({
    autoCommit: false,
    // It would resolve the offset of the fetch: what is read is known only here.
    eachBatchAutoResolve: false,
    async eachBatch({ batch, resolveOffset, isStale }) {
      const { topic, partition } = batch;
      const { records, next: behind, damage } = await readFetched(batch, MAX_BATCH_BYTES);
      if (isStale()) return;
      if (damage !== undefined) {
        const place = `${topic}/${String(partition)}@${String(damage.offset)}`;
        process.stderr.write(`left out: the batch of records at ${place} cannot be read: ${damage.reason}\n`);
      }
      const position = next.get(topic)?.get(partition) ?? 0n;
      const end = damage?.next ?? behind;
      next.get(topic)?.set(partition, end);
      const news = records.filter(({ offset }) => offset >= position);
      take(
        news.map(({ headers = {}, ...record }) => ({ topic, partition, ...record, headers: headers as IHeaders })),
        { topic, partition, next: end },
      );
      resolveOffset(String(end - 1n));
    },
  });
  await Promise.all([running, joined]);
  return { close: () => consumer.disconnect() };
}
