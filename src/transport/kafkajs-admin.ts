import type { Admin, AdminConfig, Kafka } from 'kafkajs';

/**
 * Runs `work` with a new client. A client that has requested a topic's metadata once requests it every time, so that after that
 * topic is deleted all its requests fail.
 */
export async function withAdmin<Result>(
  kafka: Kafka,
  ask: (admin: Admin) => Promise<Result>,
  config?: AdminConfig,
): Promise<Result> {
  const admin = kafka.admin(config);
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Returns the topics of `names` that the broker does not list. */
export async function missingTopics(admin: Admin, names: readonly string[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  return names.filter((name) => !existing.has(name));
}

/** Returns the first offset of each partition, and the offset after the last record. */
export async function bounds(admin: Admin, topic: string) {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }] as const),
  );
}

/**
 * Returns the offsets that a group has committed to Kafka, by partition.
 *
 * @throws if the broker does not answer about the topic: that is not the same as no commit.
 */
export async function committed(admin: Admin, groupId: string, topic: string): Promise<Map<number, bigint>> {
  const answers = await admin.fetchOffsets({ groupId, topics: [topic] });
  const answer = answers.find((one) => one.topic === topic);
  if (answer === undefined) throw new Error(`the broker returned no offsets of group ${groupId} for topic ${topic}`);
  return new Map(answer.partitions.filter((o) => Number(o.offset) >= 0).map((o) => [o.partition, BigInt(o.offset)]));
}
