import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { mustExist } from '../invariant.ts';
import { positionText } from '../keys.ts';
import { defaults } from '../variables.ts';
import type { TopicRecord } from './broker-admin.ts';
import { bounds, withAdmin } from './kafkajs-admin.ts';
import { readFetched } from './kafkajs-fetch.ts';

/** The default limit of the service. */
const MAX_BATCH_BYTES = defaults.KAFKA_MAX_BATCH_BYTES;

/** Between a fault that kafkajs does not try again and the next try. */
const RESTART_PAUSE_MS = 1_000;

/** How far a partition is read: up to before `next`. */
export interface ReadPosition {
  readonly topic: string;
  readonly partition: number;
  readonly next: bigint;
}

export interface FollowOptions {
  readonly topics: readonly string[];
  /** The first record of each partition, or the first one after this call. */
  readonly from: 'start' | 'end';
  take(records: readonly TopicRecord[], position: ReadPosition): void;
  /** Gets a line about each batch that cannot be read; the batch is left out. */
  report(line: string): void;
}

export interface TopicReader {
  close(): Promise<void>;
}

/**
 * Reads topics by a consumer group with a random name that commits nothing. Resolves when it has joined the group: it misses
 * nothing that is sent from then on, also if the broker is away for a while.
 */
export async function followTopics(kafka: Kafka, { topics, from, take, report }: FollowOptions): Promise<TopicReader> {
  /** The next offset of each partition, for a rejoin too: nothing is read twice. */
  const next = await withAdmin(kafka, async (admin) => {
    const positions = new Map<string, Map<number, bigint>>();
    for (const topic of topics) {
      const ends = await bounds(admin, topic);
      positions.set(
        topic,
        new Map([...ends].map(([partition, { low, high }]) => [partition, from === 'start' ? low : high])),
      );
    }
    return positions;
  });

  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  const stopped = new AbortController();
  let hasJoined = false;
  const joined = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) return;
      // What kafkajs does not try again, a missing right to the group for example, run() does not throw either.
      if (!hasJoined) reject(payload.error);
      // A broker that is away for more than some seconds counts as such a fault, too.
      else void sleep(RESTART_PAUSE_MS, undefined, { signal: stopped.signal }).then(run, () => undefined);
    });
    consumer.on(consumer.events.GROUP_JOIN, () => {
      hasJoined = true;
      for (const [topic, offsets] of next) {
        for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: String(offset) });
      }
      resolve();
    });
  });
  await Promise.all([run(), joined]);
  return {
    close() {
      stopped.abort();
      return consumer.disconnect();
    },
  };

  async function run(): Promise<void> {
    await consumer.run({
      autoCommit: false,
      // kafkajs would resolve the offset of the fetch: the last offset is known only here.
      eachBatchAutoResolve: false,
      async eachBatch({ batch, resolveOffset, isStale }) {
        const { topic, partition } = batch;
        const { records, next: nextUnread, damage } = await readFetched(batch, MAX_BATCH_BYTES);
        if (isStale()) return;
        if (damage !== undefined) {
          report(
            `left out: the batch of records at ${positionText({ topic, partition }, damage.offset)} cannot be read: ${damage.reason}`,
          );
        }
        const positions = mustExist(next.get(topic), `the positions of topic ${topic}`);
        // A partition that was added after the start is read from its first record.
        const position = positions.get(partition) ?? 0n;
        const end = damage?.next ?? nextUnread;
        positions.set(partition, end);
        const newRecords = records.filter(({ offset }) => offset >= position);
        take(
          newRecords.map(({ headers = {}, ...record }) => ({ topic, partition, ...record, headers })),
          { topic, partition, next: end },
        );
        resolveOffset(String(end - 1n));
      },
    });
  }
}
