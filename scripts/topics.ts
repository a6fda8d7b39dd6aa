/** `npm run topics`: creates the topics of the contract that the broker does not have. */
import type { Admin } from 'kafkajs';
import { channels } from '../generated/contract/channels.ts';
import { options, reasonOf, usageError } from './cli.ts';
import { kafkaClient } from './kafka/read-topics.ts';
import { topicOf } from './kafka/topic-of.ts';

const COMMAND = 'npm run topics';
/** A typing error of some zeros must not cost the broker its memory. */
const MAX_PARTITIONS = 1_000;

const HELP = `Usage: KAFKA_BROKERS=host:port npm run topics [-- --partitions N] [-- --help]

Creates the topics of the contract that the broker does not have, with the settings of the contract. A topic is named by
its variable (as in asyncapi.yaml), else by its default. Prints each topic with its number of partitions and the reason
for that number. Topics that exist are left as they are.

Partitions are what instances share: a topic with 4 partitions keeps 4 instances busy. Order is kept within a partition
only, so producers must choose the partition by the key, as Java's default partitioner does (murmur2). docs/protocol.md,
"Partitions", says what is lost if they do not. With 1 partition order does not depend on the producers.

  --partitions <N>   partitions of every topic that is created, 1 to ${String(MAX_PARTITIONS)} (default: those of asyncapi.yaml)
  --help             show this

Exit code: 0 when every topic exists afterwards, 1 otherwise, 2 for a usage error.`;

type Channel = (typeof channels)[number];

/** What shares a key and therefore a partition: its records keep their order. */
const KEYED_BY: Readonly<Record<Channel['name'], string>> = {
  petCommand: 'petId, so the commands of one pet keep their order',
  petMovement: 'objectId (the pet), so the movements of one pet keep their order',
  characterStatus: 'characterId, so the events of one character keep their order',
  assetStatus: 'characterId, so the events of one character keep their order',
  petStatus: "ownerId, so the events of one owner's pets keep their order",
  petCommandStatus: 'petId, so the rejections of one pet keep their order',
  deadLetter: 'the key of the record that it holds',
};

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

/** One line about a topic: its number of partitions, why that many, and what has one order. */
function lineOf(state: string, { topic, channel, partitions }: Topic, why: string): string {
  const count = `${String(partitions)} ${partitions === 1 ? 'partition' : 'partitions'}`;
  return `${state}  ${topic}: ${count}, ${why}; keyed by ${KEYED_BY[channel.name]}`;
}

/** Why a topic that was there has so many partitions. */
function whyPresent({ channel, partitions }: Topic, asked: number | undefined): string {
  const [wanted, source] = asked === undefined ? [channel.partitions, 'asyncapi.yaml'] : [asked, '--partitions'];
  return partitions === wanted ? `as ${source} says` : `left as it is (${source} says ${String(wanted)})`;
}

function partitionsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (count >= 1 && count <= MAX_PARTITIONS) return count;
  return usageError(COMMAND, `--partitions takes a number from 1 to ${String(MAX_PARTITIONS)}, not "${text}"`);
}

async function main(): Promise<void> {
  const values = options(COMMAND, HELP, { partitions: { type: 'string' } });
  const asked = partitionsOf(values.partitions);
  const brokers = process.env['KAFKA_BROKERS'];
  if (!brokers) throw new Error('KAFKA_BROKERS is not set. It names the broker to create the topics on, as host:port.');
  const { created, present } = await createTopics(brokers, process.env, asked);
  const why = asked === undefined ? 'as asyncapi.yaml says' : 'as --partitions says';
  for (const topic of created) console.log(lineOf('created', topic, why));
  for (const topic of present) console.log(lineOf('present', topic, whyPresent(topic, asked)));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`The topics were not created: ${reasonOf(error)}`);
    process.exitCode = 1;
  }
}
