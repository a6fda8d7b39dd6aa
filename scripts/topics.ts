/** `npm run topics`: creates the topics of the contract that the broker does not have. */
import { options, runCommand, usageError } from './cli.ts';
import { findParts } from './start/find-running.ts';
import { createTopics } from './topics/create.ts';
import type { Channel, Topic } from './topics/create.ts';

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
  const { brokers } = findParts('brokers');
  const { created, present } = await createTopics(brokers, process.env, asked);
  const why = asked === undefined ? 'as asyncapi.yaml says' : 'as --partitions says';
  for (const topic of created) console.log(lineOf('created', topic, why));
  for (const topic of present) console.log(lineOf('present', topic, whyPresent(topic, asked)));
}

await runCommand(COMMAND, main);
