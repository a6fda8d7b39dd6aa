import type { BrokerAdmin } from '../../transport/broker-admin.ts';
import { brokerOf } from '../broker.ts';
import { configOf, PARTITIONS, REPLICATION_FACTOR, wantedTopics } from './wanted.ts';
import type { WantedSetting, TopicOptions, WantedTopic } from './wanted.ts';

/** A setting of an existing topic that differs from that of a created topic. */
export interface TopicDifference {
  readonly name: string;
  readonly actual: string;
  /** Undefined if a created topic would have the default of the broker. */
  readonly wanted: WantedSetting | undefined;
}

export interface TopicState {
  readonly wanted: WantedTopic;
  readonly state: 'created' | 'present' | 'missing';
  /** The settings that it has, or would get if it is missing: by name, as in {@link WantedTopic}. */
  readonly settings: ReadonlyMap<string, string>;
  readonly differences: readonly TopicDifference[];
}

export interface CreateOptions extends TopicOptions {
  /** Creates nothing. */
  readonly isDryRun?: boolean;
}

/**
 * Creates the topics of the contract that are missing. Topics that exist stay as they are.
 *
 * @param brokers `host:port`, several with commas between.
 * @param env has the variables that name topics, and those about TLS and logins.
 * @throws if the broker cannot be reached or refuses.
 */
export async function createTopics(
  brokers: string,
  env: NodeJS.ProcessEnv,
  options: CreateOptions = {},
): Promise<TopicState[]> {
  const broker = brokerOf(brokers, env);
  const wanted = wantedTopics(env, await broker.brokerCount(), options);
  const missing = new Set(await broker.missingTopics(wanted.map(({ topic }) => topic)));
  const toCreate = options.isDryRun === true ? [] : wanted.filter(({ topic }) => missing.has(topic));
  if (toCreate.length > 0) {
    await broker.createTopics(
      toCreate.map((one) => ({
        name: one.topic,
        partitions: one.partitions,
        replicationFactor: one.replicationFactor,
        settings: new Map(configOf(one)),
      })),
    );
  }
  const present = await describe(broker, wanted.filter(({ topic }) => !missing.has(topic))); // prettier-ignore
  const state = options.isDryRun === true ? 'missing' : 'created';
  return wanted.map((one) => present.get(one) ?? { wanted: one, state, settings: valuesOf(one), differences: [] });
}

function valuesOf({ settings }: WantedTopic): Map<string, string> {
  return new Map([...settings].map(([name, { value }]) => [name, value]));
}

async function describe(broker: BrokerAdmin, wanted: readonly WantedTopic[]): Promise<Map<WantedTopic, TopicState>> {
  const descriptions = await broker.describeTopics(wanted.map(({ topic }) => topic));
  return new Map(
    wanted.map((one) => {
      const description = descriptions.get(one.topic);
      if (description === undefined) throw new Error(`the broker did not describe the topic ${one.topic}`);
      const { partitions, replicationFactor } = description;
      const settings = new Map([
        [PARTITIONS, String(partitions)],
        [REPLICATION_FACTOR, String(replicationFactor)],
        ...[...description.settings]
          .filter(([name, { isOwn }]) => isOwn || one.settings.has(name))
          .map(([name, { value }]) => [name, value] as const),
      ]);
      return [one, { wanted: one, state: 'present', settings, differences: differencesOf(settings, one) }];
    }),
  );
}

function differencesOf(settings: ReadonlyMap<string, string>, wanted: WantedTopic): TopicDifference[] {
  return [...settings].flatMap(([name, actual]) => {
    const expected = wanted.settings.get(name);
    return actual === expected?.value ? [] : [{ name, actual, wanted: expected }];
  });
}
