import type { Admin } from 'kafkajs';
import { messageOf } from '../../src/waiting.ts';
import { withAdmin } from '../../src/transport/kafkajs-admin.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { kafkaClient } from '../kafka/read-topics.ts';
import { configOf, PARTITIONS, REPLICATION_FACTOR, wantedTopics } from './wanted.ts';
import type { Setting, TopicOptions, WantedTopic } from './wanted.ts';

/** Something about a topic that exists which is otherwise than it would be created. */
export interface TopicDifference {
  readonly name: string;
  readonly actual: string;
  /** Undefined if a created topic would have the default of the broker. */
  readonly wanted: Setting | undefined;
}

export interface Topic {
  readonly wanted: WantedTopic;
  readonly state: 'created' | 'present' | 'missing';
  /** How it is, or would be if it is missing: by name, as in {@link WantedTopic}. */
  readonly settings: ReadonlyMap<string, string>;
  readonly differences: readonly TopicDifference[];
}

export interface CreateOptions extends TopicOptions {
  /** Looks and creates nothing. */
  readonly isDryRun?: boolean;
}

/** ConfigSource.TOPIC_CONFIG, which kafkajs declares and does not export: the topic itself has the setting. */
const TOPIC_CONFIG = '1';

/**
 * Creates the topics of the contract that are missing; those that exist are left as they are.
 *
 * @param brokers `host:port`, several with commas between.
 * @param env where the contract's topic variables are looked up, and those about TLS and logins.
 * @throws when the broker cannot be reached or refuses.
 */
export function createTopics(brokers: string, env: NodeJS.ProcessEnv, options: CreateOptions = {}): Promise<Topic[]> {
  const create = async (admin: Admin): Promise<Topic[]> => {
    const cluster = await admin.describeCluster();
    const wanted = wantedTopics(env, cluster.brokers.length, options);
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0 && options.isDryRun !== true) {
      const topics = missing.map((one) => ({
        topic: one.topic,
        numPartitions: one.partitions,
        replicationFactor: one.replicationFactor,
        configEntries: configOf(one).map(([name, value]) => ({ name, value })),
      }));
      await admin.createTopics({ topics }).catch((error: unknown) => {
        throw refusalOf(error);
      });
    }
    const present = await describe(admin, wanted.filter(({ topic }) => existing.has(topic))); // prettier-ignore
    const state = options.isDryRun === true ? 'missing' : 'created';
    return wanted.map((one) => present.get(one) ?? { wanted: one, state, settings: valuesOf(one), differences: [] });
  };
  return withAdmin(kafkaClient(brokers, env), create, { retry: { retries: 3 } });
}

/** Names each topic that the broker refused, and why: kafkajs says neither in its message. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof kafkajs.KafkaJSAggregateError)) return error;
  const refused = error.errors.map((one) => {
    const { topic = '?' } = one as { topic?: string };
    return `${topic} (${messageOf(one)})`;
  });
  return new Error(`the broker did not create ${refused.join(', ')}`, { cause: error });
}

function valuesOf({ settings }: WantedTopic): Map<string, string> {
  return new Map([...settings].map(([name, { value }]) => [name, value]));
}

async function describe(admin: Admin, wanted: readonly WantedTopic[]): Promise<Map<WantedTopic, Topic>> {
  if (wanted.length === 0) return new Map();
  const names = wanted.map(({ topic }) => topic);
  const metadata = await admin.fetchTopicMetadata({ topics: names });
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type, name })),
  });
  return new Map(
    wanted.map((one) => {
      const partitions = metadata.topics.find(({ name }) => name === one.topic)?.partitions ?? [];
      const entries = resources.find(({ resourceName }) => resourceName === one.topic)?.configEntries ?? [];
      const own = new Set(
        entries.filter((entry) => String(entry.configSource) === TOPIC_CONFIG).map(({ configName }) => configName),
      );
      const settings = new Map([
        [PARTITIONS, String(partitions.length)],
        [REPLICATION_FACTOR, String(Math.min(...partitions.map(({ replicas }) => replicas.length)))],
        ...entries
          .filter(({ configName }) => one.settings.has(configName) || own.has(configName))
          .map(({ configName, configValue }) => [configName, configValue] as const),
      ]);
      return [one, { wanted: one, state: 'present', settings, differences: differencesOf(settings, one) }];
    }),
  );
}

function differencesOf(settings: ReadonlyMap<string, string>, wanted: WantedTopic): TopicDifference[] {
  return [...settings].flatMap(([name, actual]) => {
    const should = wanted.settings.get(name);
    return actual === should?.value ? [] : [{ name, actual, wanted: should }];
  });
}
