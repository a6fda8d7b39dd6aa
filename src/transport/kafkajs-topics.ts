import type { Admin } from 'kafkajs';
import { messageOf } from '../waiting.ts';
import type { NewTopic, TopicDescription } from './broker-admin.ts';
import kafkajs from './kafkajs-mended.ts';

/** ConfigSource.TOPIC_CONFIG, which kafkajs declares and does not export: the topic itself has the setting. */
const TOPIC_CONFIG = '1';

/** Describes topics that exist, by name. */
export async function describeTopics(admin: Admin, names: readonly string[]): Promise<Map<string, TopicDescription>> {
  if (names.length === 0) return new Map();
  const metadata = await admin.fetchTopicMetadata({ topics: [...names] });
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type, name })),
  });
  return new Map(
    metadata.topics.map(({ name, partitions }) => {
      const resource = resources.find(({ resourceName }) => resourceName === name);
      if (resource === undefined) throw new Error(`the broker did not describe the settings of ${name}`);
      const settings = resource.configEntries.map(
        ({ configName, configValue, configSource }) =>
          [configName, { value: configValue, isOwn: String(configSource) === TOPIC_CONFIG }] as const,
      );
      const replicationFactor = Math.min(...partitions.map(({ replicas }) => replicas.length));
      return [name, { partitions: partitions.length, replicationFactor, settings: new Map(settings) }];
    }),
  );
}

/** Creates topics. @throws an error that names each topic that the broker refused, and why. */
export async function createTopics(admin: Admin, topics: readonly NewTopic[]): Promise<void> {
  const request = topics.map(({ name: topic, partitions, replicationFactor, settings }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor,
    configEntries: [...settings].map(([name, value]) => ({ name, value })),
  }));
  try {
    await admin.createTopics({ topics: request });
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Names each topic that the broker refused, and why: the message of kafkajs has neither. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof kafkajs.KafkaJSAggregateError)) return error;
  const refused = error.errors.map((one) => {
    const { topic = '?' } = one as { topic?: string };
    return `${topic} (${messageOf(one)})`;
  });
  return new Error(`the broker did not create ${refused.join(', ')}`, { cause: error });
}
