import type { Kafka } from 'kafkajs';
import { partitionKey } from '../keys.ts';
import type { TopicRecord } from './broker-admin.ts';
import { bounds, withAdmin } from './kafkajs-admin.ts';
import { followTopics } from './kafkajs-reader.ts';

/** Reading counts as stuck after so long without anything new. */
const MAX_SILENCE_MS = 30_000;

/**
 * Reads the records that a topic has now, each partition in order. Later records are left out.
 *
 * @param report gets a line about each batch that cannot be read.
 * @throws if the broker does not answer, or sends nothing for 30 s before the end was read.
 */
export async function readToEnd(
  kafka: Kafka,
  topic: string,
  take: (record: TopicRecord) => void,
  report: (line: string) => void,
): Promise<void> {
  const unread = await filledPartitions(kafka, topic);
  const ends = new Map(unread);
  if (unread.size === 0) return;
  const all = Promise.withResolvers<undefined>();
  const stuck = setTimeout(() => {
    const names = [...unread.keys()].map((partition) => partitionKey({ topic, partition })).join(', ');
    const seconds = String(MAX_SILENCE_MS / 1_000);
    all.reject(new Error(`the broker sent nothing for ${seconds} s before the end of ${names} was read`));
  }, MAX_SILENCE_MS);
  const takeUpToEnd = (records: readonly TopicRecord[], { partition, next }: { partition: number; next: bigint }) => {
    stuck.refresh();
    // A partition that was empty at the start.
    const end = ends.get(partition) ?? 0n;
    for (const record of records) if (record.offset < end) take(record);
    if (next >= end) unread.delete(partition);
    if (unread.size === 0) all.resolve(undefined);
  };
  const reading = followTopics(kafka, { topics: [topic], from: 'start', take: takeUpToEnd, report });
  try {
    // A reader that is stuck may never join its group: it is not waited for.
    await Promise.race([all.promise, reading.then(() => all.promise)]);
    await (await reading).close();
  } finally {
    clearTimeout(stuck);
  }
}

/** Returns the offset after the last record, of each partition that has records. */
async function filledPartitions(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const all = await withAdmin(kafka, (admin) => bounds(admin, topic));
  return new Map(
    [...all].filter(([, { low, high }]) => low !== high).map(([partition, { high }]) => [partition, high]),
  );
}
