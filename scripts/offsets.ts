/** `npm run offsets`: where the service's consumer group stands, and how the operator moves it; see --help. */
import type { Admin } from 'kafkajs';
import { channels } from '../generated/contract/channels.ts';
import { petMovement } from '../generated/contract/channels/pet-movement.ts';
import { movementGroupOf } from '../src/consumer/movement.ts';
import type { Database } from '../src/store/database.ts';
import { copyOffsets, readOffsets, setOffset } from '../src/store/offsets.ts';
import { withAdmin } from '../src/transport/kafkajs-admin.ts';
import { options, runCommand, usageError } from './cli.ts';
import { kafkaClient } from './kafka/read-topics.ts';
import { topicOf } from './kafka/topic-of.ts';
import { withServiceDatabase } from './operator-database.ts';

const HELP = `Usage: npm run offsets -- show | set --topic T --partition P --offset N|earliest|latest | copy --from G --to G

The table consumer_offset says which record of each partition is applied next; Kafka's own offsets only follow it. A running
service notices within seconds when a row was moved, and goes on from there. Movements have no rows: Kafka keeps their offsets,
in a group of their own, and to set one every instance has to be stopped.

  show   each partition: the row, the first and the last offset of its log, what Kafka has
  set    puts a row where you say: records before it are never applied, records from it on are applied (again)
  copy   gives a group the rows of another, where it has none: before the service is started under a new name

  --group <name>   the consumer group (default: KAFKA_GROUP_ID, else pet-service)
  --help           show this

Needs DATABASE_URL, DATABASE_PASSWORD_FILE where the service has it and, but for copy, KAFKA_BROKERS.

Exit code: 0 when it was done, 1 when it was not, 2 for a usage error.`;

const COMMAND = 'npm run offsets';

async function main(): Promise<void> {
  const config = {
    group: { type: 'string', default: process.env['KAFKA_GROUP_ID'] || 'pet-service' },
    topic: { type: 'string' },
    partition: { type: 'string' },
    offset: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
  } as const;
  const values = options(COMMAND, HELP, config, true);
  const run = new Map(Object.entries({ show, set, copy })).get(process.argv[2] ?? '');
  if (run === undefined) usageError(COMMAND, 'say first what to do: show, set or copy');
  await withServiceDatabase((database) => run(database, values));
}

interface Values {
  readonly group: string;
  readonly topic?: string | undefined;
  readonly partition?: string | undefined;
  readonly offset?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

async function show(database: Database, { group }: Values): Promise<void> {
  const rows = await readOffsets(database, group);
  const consumed = channels.filter(({ direction }) => direction === 'receive').map((channel) => topicOf(channel));
  const topics = [...new Set([...rows.map(({ topic }) => topic), ...consumed])];
  const table = [];
  for (const topic of topics) {
    const { bounds, committed } = await logOf(topic, group);
    const ofTopic = rows.filter((row) => row.topic === topic);
    const partitions = new Set([...bounds.keys(), ...ofTopic.map(({ partition }) => partition)]);
    for (const partition of [...partitions].sort((a, b) => a - b)) {
      const log = bounds.get(partition);
      const next = ofTopic.find((row) => row.partition === partition)?.next;
      table.push({
        topic,
        partition,
        row: next?.toString() ?? 'none',
        'log starts': log?.low ?? 'no log',
        'log ends': log?.high ?? 'no log',
        lag: next === undefined || log === undefined ? '' : String(BigInt(log.high) - next),
        kafka: committed.get(partition) ?? 'none',
      });
    }
  }
  console.log(`group ${group}`);
  console.table(table);
}

async function set(database: Database, { group, topic, partition, offset }: Values): Promise<void> {
  if (topic === undefined || partition === undefined || offset === undefined) {
    usageError(COMMAND, 'set needs --topic, --partition and --offset');
  }
  const number = /^\d+$/.test(partition) ? Number(partition) : NaN;
  const { bounds } = await logOf(topic, group);
  const log = bounds.get(number);
  if (log === undefined) throw new Error(`the broker has no partition ${partition} of a topic ${topic}`);
  const next = offset === 'earliest' ? log.low : offset === 'latest' ? log.high : offset;
  if (!/^\d+$/.test(next)) usageError(COMMAND, '--offset takes a number, earliest or latest');
  if (BigInt(next) < BigInt(log.low) || BigInt(next) > BigInt(log.high)) {
    throw new Error(`the log has the offsets ${log.low} to ${log.high}, ${next} is outside of it`);
  }
  if (topic === topicOf(petMovement)) await setInKafka(readerOf(topic, group), topic, number, next);
  else await setOffset(database, group, { topic, partition: number, next: BigInt(next) });
  console.log(`${topic}/${partition}: the next record of group ${readerOf(topic, group)} is ${next}`);
}

/** The group that reads a topic. */
function readerOf(topic: string, group: string): string {
  return topic === topicOf(petMovement) ? movementGroupOf(group) : group;
}

async function setInKafka(groupId: string, topic: string, partition: number, offset: string): Promise<void> {
  await askBroker((admin) => admin.setOffsets({ groupId, topic, partitions: [{ partition, offset }] }));
}

async function copy(database: Database, { from, to }: Values): Promise<void> {
  if (from === undefined || to === undefined) usageError(COMMAND, 'copy needs --from and --to');
  const copied = await copyOffsets(database, from, to);
  console.log(`${String(copied)} rows of group ${from} copied to ${to}`);
  if (copied === 0) throw new Error(`group ${from} has no row that group ${to} lacks`);
}

/** First and last offset of each partition that there is, and what Kafka has for the group. */
function logOf(topic: string, group: string) {
  return askBroker(async (admin) => {
    if (!(await admin.listTopics()).includes(topic))
      return { bounds: new Map<number, never>(), committed: new Map<number, string>() };
    const bounds = await admin.fetchTopicOffsets(topic);
    const [offsets] = await admin.fetchOffsets({ groupId: readerOf(topic, group), topics: [topic] });
    const committed = (offsets?.partitions ?? []).filter(({ offset }) => offset !== '-1');
    return {
      bounds: new Map(bounds.map(({ partition, low, high }) => [partition, { low, high }])),
      committed: new Map(committed.map(({ partition, offset }) => [partition, offset])),
    };
  });
}

function askBroker<Result>(ask: (admin: Admin) => Promise<Result>): Promise<Result> {
  return withAdmin(kafkaClient(variable('KAFKA_BROKERS')), ask, { retry: { retries: 2 } });
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. .embedded/running.json has those that npm start uses`);
  return value;
}

await runCommand(COMMAND, main);
