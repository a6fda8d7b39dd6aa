/** A database and topics for one test file on the broker and the database server of the run, and instances of the service. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { channels } from '../../generated/contract/channels.js';
import type { AnyChannel } from '../../generated/contract/channels.js';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { followTopics } from '../../src/transport/kafkajs-reader.ts';
import { untilTopicsReady } from '../../scripts/kafka/until-topics-ready.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import type { Compression } from '../../src/transport/compression.ts';
import { compressionType } from '../../src/transport/kafkajs-codecs.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { createDatabase, required } from './database.ts';
import { startInstance, untilReady } from './instance.ts';
import type { Instance } from './instance.ts';
import { createTopics } from './topics.ts';
import { until } from './until.ts';

/** A record that the service published. */
export interface Seen extends TopicRecord {
  /** The name of the channel in the contract. */
  readonly channel: string;
}

/** A record that a test sends. */
export interface Sendable {
  readonly key?: Buffer | null;
  readonly value: Buffer | string | null;
  readonly partition?: number;
  readonly timestamp?: string;
  readonly headers?: KafkaMessage['headers'];
}

export interface Rig {
  readonly database: Database;
  readonly environment: NodeJS.ProcessEnv;
  /** All started instances, in order. */
  readonly instances: readonly Instance[];
  /** Sends records in order, to the command topic if no channel is named. */
  send(records: readonly Sendable[], channel?: AnyChannel, compression?: Compression): Promise<void>;
  /** Starts an instance without waiting until it is ready. */
  begin(environment: NodeJS.ProcessEnv): Promise<Instance>;
  /** Starts an instance and waits until it is ready. */
  start(environment?: NodeJS.ProcessEnv): Promise<Instance>;
  /** Waits until an instance is ready. */
  ready(instance: Instance): Promise<void>;
  /** Waits until `enough` accepts what the service has published. @returns everything published so far, per topic in order. */
  seen(enough: (records: readonly Seen[]) => boolean): Promise<readonly Seen[]>;
  /**
   * Waits until every sent record is applied, the outbox is empty except for parked rows, and all published records are read.
   * @returns everything published so far.
   */
  settled(): Promise<readonly Seen[]>;
  /** Returns the number of members of the service's group. */
  members(): Promise<number>;
  /** Replaces the settings of a topic by these, by Kafka's names. */
  configure(channel: AnyChannel, settings: Readonly<Record<string, string>>): Promise<void>;
  /** Increases the partitions of the command topic to this number. */
  addPartitions(count: number): Promise<void>;
  /** Deletes records of the command topic as retention does: those before `offset`, or all. */
  deleteRecords(partition: number, offset?: bigint): Promise<void>;
  /** Returns all records of the consumed topics, per partition in order. */
  sent(): Promise<readonly TopicRecord[]>;
  /** Waits until the outbox is empty except for parked rows. */
  publishedAll(): Promise<void>;
  close(): Promise<void>;
}

const PUBLISH_TIMEOUT_MS = 60_000;
const SETTLE_TIMEOUT_MS = 60_000;
/** The channels whose offsets are in the database. */
const CONSUMED = [petCommand, characterStatus, assetStatus];
/** The number of partitions of each topic of a rig, unless a test names another one for the consumed topics. */
export const PARTITIONS = 4;

/** The brokers with the topics of a rig, if not the broker of the run. */
export interface RigCluster {
  readonly brokers: string;
  readonly replicationFactor: number;
  /** Sends records, each once: kafkajs may send a record twice if a leader moves. Undefined: kafkajs sends them. */
  send?(topic: string, records: readonly Sendable[]): Promise<void>;
}

/**
 * @param settings of the dead-letter topic, by Kafka's names.
 * @param partitions of each topic whose offsets are in the database: cases that share a rig have partitions of their own.
 */
export async function createRig(
  settings: Readonly<Record<string, string>> = {},
  cluster?: RigCluster,
  partitions = PARTITIONS,
): Promise<Rig> {
  const { brokers, replicationFactor } = cluster ?? { brokers: required('TEST_KAFKA_BROKERS'), replicationFactor: 1 };
  const name = `t_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const databaseUrl = await createDatabase(name);
  const topics = Object.fromEntries(channels.map((channel) => [channel.env, `${name}.${channel.address}`]));
  const kafka = kafkaClient(brokers);
  const admin = kafka.admin();
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // A test may add partitions.
    metadataMaxAge: 5_000,
  });
  await Promise.all([admin.connect(), producer.connect()]);
  await createTopics(
    admin,
    channels.map((channel) => ({
      topic: topicOf(channel.env),
      numPartitions: (CONSUMED as readonly AnyChannel[]).includes(channel) ? partitions : PARTITIONS,
      replicationFactor,
      // The default of brokers before 4.0: a producer may write any timestamp. The broker must not delete records with old ones.
      ...(channel === petCommand && {
        configEntries: [
          { name: 'message.timestamp.after.max.ms', value: '9223372036854775807' },
          { name: 'retention.ms', value: '-1' },
        ],
      }),
      ...(channel === deadLetter && {
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      }),
    })),
  );

  const database = openDatabase(databaseUrl);
  const instances: Instance[] = [];
  const collected: Seen[] = [];
  let arrived = Promise.withResolvers<undefined>();
  const published = [petStatus, petCommandStatus, deadLetter];
  const reader = await followTopics(kafka, {
    topics: published.map(({ env }) => topicOf(env)),
    from: 'start',
    take: (records) => {
      for (const record of records) {
        collected.push({
          ...record,
          channel: published.find(({ env }) => topicOf(env) === record.topic)?.name ?? record.topic,
        });
      }
      arrived.resolve(undefined);
      arrived = Promise.withResolvers();
    },
    report: console.error,
  });

  const environment = {
    ...process.env,
    ...topics,
    KAFKA_BROKERS: brokers,
    KAFKA_GROUP_ID: name,
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    DATABASE_URL: databaseUrl,
  };

  async function begin(extra: NodeJS.ProcessEnv): Promise<Instance> {
    const instance = await startInstance({ ...environment, ...extra });
    instances.push(instance);
    return instance;
  }

  function topicOf(env: string): string {
    return topics[env] ?? env;
  }

  /** Returns the end of the instances' output. */
  function lastOutput(): string {
    return instances.map((instance) => instance.output().slice(-1_000)).join('\n');
  }

  async function publishedAll(): Promise<void> {
    const isEmpty = async () => (await database.outbox.count({ where: { parkedAt: null } })) === 0;
    await until(() => `records are left in the outbox\n${lastOutput()}`, isEmpty, SETTLE_TIMEOUT_MS);
  }

  async function ends(env: string): Promise<Map<number, bigint>> {
    // The broker does not answer during an election.
    if (cluster !== undefined) await untilTopicsReady(admin, [topicOf(env)]);
    const bounds = await admin.fetchTopicOffsets(topicOf(env));
    return new Map(bounds.map(({ partition, high }) => [partition, BigInt(high)]));
  }

  return {
    database,
    environment,
    instances,
    async send(records, channel = petCommand, compression = 'none') {
      if (cluster?.send !== undefined) {
        await cluster.send(topicOf(channel.env), records);
        return;
      }
      await producer.send({
        topic: topicOf(channel.env),
        compression: compressionType(compression),
        messages: records.map(({ key = null, value, partition, timestamp, headers = {} }) => ({
          key,
          value: typeof value === 'string' ? Buffer.from(value) : value,
          headers,
          ...(partition !== undefined && { partition }),
          ...(timestamp !== undefined && { timestamp }),
        })),
      });
    },
    begin,
    async start(extra = {}) {
      const instance = await begin(extra);
      await untilReady(instance);
      return instance;
    },
    ready: untilReady,
    async seen(enough) {
      const deadline = sleep(PUBLISH_TIMEOUT_MS, 'late' as const, { ref: false });
      while (!enough(collected)) {
        if ((await Promise.race([arrived.promise, deadline])) === 'late') {
          const output = instances.map((instance) => instance.output()).join('\n');
          throw new Error(
            `${String(collected.length)} records after ${String(PUBLISH_TIMEOUT_MS)} ms, not enough.\n${output}`,
          );
        }
      }
      return [...collected];
    },
    async settled() {
      let lag = '';
      const isApplied = async () => {
        const rows = await database.consumerOffset.findMany();
        const next = new Map(rows.map((row) => [`${row.topic}/${String(row.partition)}`, row.nextOffset]));
        const behind = [];
        for (const { env } of CONSUMED) {
          for (const [partition, end] of await ends(env)) {
            const name = `${topicOf(env)}/${String(partition)}`;
            if ((next.get(name) ?? 0n) !== end) behind.push(`${name}: ${String(next.get(name))} of ${String(end)}`);
          }
        }
        lag = behind.join(', ');
        return behind.length === 0;
      };
      await until(() => `records are not applied, ${lag}\n${lastOutput()}`, isApplied, SETTLE_TIMEOUT_MS);
      await publishedAll();
      const bounds = await Promise.all(published.map(({ env }) => ends(env)));
      const count = bounds.flatMap((topic) => [...topic.values()]).reduce((sum, end) => sum + Number(end), 0);
      await until('what was published is not read', () => Promise.resolve(collected.length >= count));
      return [...collected];
    },
    async members() {
      const { groups } = await admin.describeGroups([name]);
      return groups[0]?.members.length ?? 0;
    },
    async configure(channel, settings) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topicOf(channel.env), configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    },
    async addPartitions(count) {
      await admin.createPartitions({ topicPartitions: [{ topic: topicOf(petCommand.env), count }] });
    },
    async deleteRecords(partition, offset) {
      const topic = topicOf(petCommand.env);
      // kafkajs deletes records only of topics whose metadata it has.
      const end = (await ends(petCommand.env)).get(partition);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset ?? end) }] });
    },
    async sent() {
      const records: TopicRecord[] = [];
      const sent = [...CONSUMED, petMovement].map(({ env }) => env);
      const each = await Promise.all(sent.map(ends));
      const count = each.flatMap((topic) => [...topic.values()]).reduce((sum, end) => sum + Number(end), 0);
      const log = await followTopics(kafka, {
        topics: sent.map(topicOf),
        from: 'start',
        take: (some) => records.push(...some),
        report: console.error,
      });
      await until('what was sent is not read', () => Promise.resolve(records.length >= count));
      await log.close();
      return records;
    },
    publishedAll,
    async close() {
      try {
        await Promise.all(instances.map((instance) => instance.stop()));
        await admin.deleteTopics({ topics: Object.values(topics) });
      } finally {
        // A consumer that stays open reconnects for ever, and the run would not end.
        await Promise.allSettled([reader.close(), producer.disconnect(), database.$disconnect(), admin.disconnect()]);
      }
    },
  };
}
