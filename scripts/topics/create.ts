import type { Admin } from 'kafkajs';
import { channels } from '../../generated/contract/channels.ts';
import { kafkaClient } from '../kafka/read-topics.ts';
import { topicOf } from '../kafka/topic-of.ts';

export type Channel = (typeof channels)[number];

export interface Topic {
  readonly topic: string;
  readonly channel: Channel;
  /** How many partitions it has. */
  readonly partitions: number;
}

export interface TopicsMade {
  readonly created: readonly Topic[];
  readonly present: readonly Topic[];
}

/**
 * Creates what is missing.
 *
 * @param brokers `host:port`, several with commas between.
 * @param env where the contract's topic variables are looked up, and those about TLS and logins.
 * @param partitions of every topic that is created; undefined for those of the contract.
 * @throws when the broker cannot be reached or refuses.
 */
export async function createTopics(brokers: string, env: NodeJS.ProcessEnv, partitions?: number): Promise<TopicsMade> {
  const admin = kafkaClient(brokers, env).admin({ retry: { retries: 3 } });
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const wanted = channels.map((channel) => ({ channel, topic: topicOf(channel, env) }));
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({
        topics: missing.map(({ channel, topic }) => ({
          topic,
          numPartitions: partitions ?? channel.partitions,
          configEntries: Object.entries(channel.config).map(([name, value]) => ({ name, value })),
        })),
      });
    }
    const counts = await partitionCounts(
      admin,
      wanted.map(({ topic }) => topic),
    );
    const topics = wanted.map((one): Topic => {
      const count = counts.get(one.topic);
      if (count === undefined) throw new Error(`the broker does not describe topic ${one.topic}`);
      return { ...one, partitions: count };
    });
    return {
      created: topics.filter(({ topic }) => !existing.has(topic)),
      present: topics.filter(({ topic }) => existing.has(topic)),
    };
  } finally {
    await admin.disconnect();
  }
}

async function partitionCounts(admin: Admin, names: readonly string[]): Promise<Map<string, number>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}
