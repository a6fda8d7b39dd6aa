/** Settings of the topics of the contract. */
import { channels } from '../../../generated/contract/channels.js';
import { topicOf } from '../topic-of.ts';

export type TopicChannel = (typeof channels)[number];

/** Options of the operator for every topic; undefined is the default. */
export interface TopicOptions {
  readonly partitions?: number | undefined;
  readonly replicationFactor?: number | undefined;
  readonly minInsyncReplicas?: number | undefined;
  readonly retentionMs?: number | undefined;
}

/** A value and its source: the contract, an option, or the size of the cluster. */
export interface WantedSetting {
  readonly value: string;
  readonly source: string;
}

export interface WantedTopic {
  readonly topic: string;
  readonly channel: TopicChannel;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** By name, with `partitions` and `replication.factor`, which are no settings of a topic for Kafka. */
  readonly settings: ReadonlyMap<string, WantedSetting>;
}

export const PARTITIONS = 'partitions';
export const REPLICATION_FACTOR = 'replication.factor';
export const MIN_INSYNC_REPLICAS = 'min.insync.replicas';
export const RETENTION_MS = 'retention.ms';

const MAX_REPLICATION_FACTOR = 3;

/**
 * Returns the wanted topics: as many replicas as there are brokers, up to 3; with 3 of them 2 replicas ack a write, so that
 * one broker may be lost.
 *
 * @param brokerCount brokers of the cluster.
 * @throws if the cluster cannot have such topics, or no write to them could be acked.
 */
export function wantedTopics(env: NodeJS.ProcessEnv, brokerCount: number, options: TopicOptions): WantedTopic[] {
  const { replicationFactor = Math.min(brokerCount, MAX_REPLICATION_FACTOR) } = options;
  const { minInsyncReplicas = replicationFactor >= MAX_REPLICATION_FACTOR ? 2 : 1 } = options;
  if (replicationFactor > brokerCount) {
    const count = `${String(brokerCount)} ${brokerCount === 1 ? 'broker' : 'brokers'}`;
    throw new Error(
      `the cluster has ${count}, too few for --replication-factor ${String(replicationFactor)}: nothing was created`,
    );
  }
  if (minInsyncReplicas > replicationFactor) {
    throw new Error(
      `min.insync.replicas ${String(minInsyncReplicas)} is more than the replication factor ${String(replicationFactor)}, so ` +
        'nobody could write: nothing was created',
    );
  }
  const cluster = 'the number of brokers';
  return channels.map((channel) => {
    const { partitions = channel.partitions } = options;
    const settings = new Map<string, WantedSetting>([
      [PARTITIONS, settingOf(partitions, options.partitions, '--partitions', 'asyncapi.yaml')],
      [REPLICATION_FACTOR, settingOf(replicationFactor, options.replicationFactor, '--replication-factor', cluster)],
      [MIN_INSYNC_REPLICAS, settingOf(minInsyncReplicas, options.minInsyncReplicas, '--min-insync-replicas', cluster)],
      ...Object.entries(channel.config).map(([name, value]) => [name, { value, source: 'asyncapi.yaml' }] as const),
    ]);
    if (options.retentionMs !== undefined) {
      settings.set(RETENTION_MS, { value: String(options.retentionMs), source: '--retention' });
    }
    return { topic: topicOf(channel, env), channel, partitions, replicationFactor, settings };
  });
}

function settingOf(value: number, asked: number | undefined, option: string, otherwise: string): WantedSetting {
  return { value: String(value), source: asked === undefined ? otherwise : option };
}

/** Returns the settings that Kafka has by these names. */
export function configOf({ settings }: WantedTopic): [name: string, value: string][] {
  const others = [...settings].filter(([name]) => name !== PARTITIONS && name !== REPLICATION_FACTOR);
  return others.map(([name, { value }]) => [name, value]);
}
