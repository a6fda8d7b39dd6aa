import type { Kafka } from 'kafkajs';
import { readTopics } from './read-topics.ts';
import type { TopicRecord } from './read-topics.ts';

/** Milliseconds without anything new after which reading counts as stuck. */
const PATIENCE = 30_000;

/**
 * Reads what lies on a topic now, each partition in order; what comes meanwhile is left out.
 * @throws when the broker does not answer, or stops to before the end was read.
 */
export async function readAll(kafka: Kafka, topic: string, take: (record: TopicRecord) => void): Promise<void> {
  const ends = await findEnds(kafka, topic);
  const unread = new Set(ends.keys());
  if (unread.size === 0) return;
  const all = Promise.withResolvers<undefined>();
  const stuck = setTimeout(() => {
    const where = [...unread].map((partition) => `${topic}/${String(partition)}`).join(', ');
    all.reject(new Error(`nothing came for ${String(PATIENCE / 1000)} s, and the end is not reached of ${where}`));
  }, PATIENCE);
  const reading = readTopics(kafka, [topic], 'start', (records, { partition, next }) => {
    stuck.refresh();
    const end = ends.get(partition) ?? 0n;
    for (const record of records) if (record.offset < end) take(record);
    if (next >= end) unread.delete(partition);
    if (unread.size === 0) all.resolve(undefined);
  });
  try {
    // A reader that is stuck may never have come into its group: it is not waited for.
    await Promise.race([all.promise, reading.then(() => all.promise)]);
    await (await reading).close();
  } finally {
    clearTimeout(stuck);
  }
}

/** The offset after the last record, of each partition that has any. */
async function findEnds(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const bounds = await admin.fetchTopicOffsets(topic);
    const filled = bounds.filter(({ low, high }) => low !== high);
    return new Map(filled.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}
