/** `npm run offsets`: where the service's consumer group stands, and how the operator moves it; see --help. */
import type { Database } from '../src/store/database.ts';
import { copyOffsets, setOffset } from '../src/store/offsets.ts';
import { withAdmin } from '../src/transport/kafkajs-admin.ts';
import { commandLine, requireTaken, runCommand, usageError } from './cli.ts';
import { kafkaClient } from './kafka/read-topics.ts';
import { isMovement, logOf, readerOf } from './offsets/log.ts';
import type { AskBroker } from './offsets/log.ts';
import { show } from './offsets/show.ts';
import { passwordFileOf, withDatabase, withServiceDatabase } from './operator-database.ts';
import { findParts } from './start/find-running.ts';

const HELP = `Usage: npm run offsets -- show [--json] | set --topic T --partition P --offset N|earliest|latest | copy --from G --to G

The table consumer_offset says which record of each partition is applied next; Kafka's own offsets only follow it. A running
service notices within seconds when a row was moved, and goes on from there. Movements have no rows: Kafka keeps their offsets,
in a group of their own, and to set one every instance has to be stopped.

  show   each partition: the offset of the next record by its row, start and end of its log, the lag, what Kafka has
  set    puts a row where you say: records before it are never applied, records from it on are applied (again)
  copy   gives a group the rows of another, where it has none: before the service is started under a new name

  --group <name>   the consumer group (default: KAFKA_GROUP_ID, else pet-service)
  --json           of show: { "group", "topics": [{ "topic", "group", "exists", "partitions": [{ "partition", "next", "logStart",
                   "logEnd", "lag", "kafka" }] }] }. Offsets are text, and null where there is none
  --help           show this

Finds what a running npm start uses; elsewhere set DATABASE_URL, DATABASE_PASSWORD_FILE where the service has it and, except for
copy, KAFKA_BROKERS and what else the service has about the broker.

Exit code: 0 when it was done, 1 when it was not, 2 for a usage error.`;

const COMMAND = 'npm run offsets';

const TAKES = {
  show: ['group', 'json'],
  set: ['group', 'topic', 'partition', 'offset'],
  copy: ['from', 'to'],
} as const;

await runCommand(COMMAND, async () => {
  const { values, positionals } = commandLine(COMMAND, HELP, {
    group: { type: 'string' },
    topic: { type: 'string' },
    partition: { type: 'string' },
    offset: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    json: { type: 'boolean' },
  });
  const [what, ...words] = positionals;
  if (what !== 'show' && what !== 'set' && what !== 'copy') {
    usageError(COMMAND, 'say first what to do: show, set or copy');
  }
  requireTaken(COMMAND, what, { values, words }, TAKES[what]);
  const { topic, partition, offset, from, to } = values;
  const group = values.group ?? (process.env['KAFKA_GROUP_ID'] || 'pet-service');

  if (what === 'copy') {
    if (from === undefined || to === undefined) usageError(COMMAND, 'copy needs --from and --to');
    await withServiceDatabase((database) => copy(database, from, to));
  } else if (what === 'show') {
    await withBoth((database, ask) => show(database, ask, group, values.json === true));
  } else {
    if (topic === undefined || partition === undefined || offset === undefined) {
      usageError(COMMAND, 'set needs --topic, --partition and --offset');
    }
    await withBoth((database, ask) => set(database, ask, { group, topic, partition, offset }));
  }
});

/** Database and broker are looked for at once, since they have to belong together. */
async function withBoth(use: (database: Database, ask: AskBroker) => Promise<void>): Promise<void> {
  const parts = findParts('databaseUrl', 'brokers');
  const ask: AskBroker = (question) => withAdmin(kafkaClient(parts.brokers), question, { retry: { retries: 2 } });
  await withDatabase(parts.databaseUrl, passwordFileOf(process.env), (database) => use(database, ask));
}

interface Place {
  readonly group: string;
  readonly topic: string;
  readonly partition: string;
  /** Or `earliest` or `latest`. */
  readonly offset: string;
}

async function set(database: Database, ask: AskBroker, { group, topic, partition, offset }: Place): Promise<void> {
  const number = /^\d+$/.test(partition) ? Number(partition) : NaN;
  const { bounds } = await logOf(ask, topic, group);
  const log = bounds.get(number);
  if (log === undefined) throw new Error(`the broker has no partition ${partition} of a topic ${topic}`);
  const next = offset === 'earliest' ? log.low : offset === 'latest' ? log.high : offset;
  if (!/^\d+$/.test(next)) usageError(COMMAND, '--offset takes a number, earliest or latest');
  if (BigInt(next) < BigInt(log.low) || BigInt(next) > BigInt(log.high)) {
    throw new Error(`the log has the offsets ${log.low} to ${log.high}, ${next} is outside of it`);
  }
  const reader = readerOf(topic, group);
  if (isMovement(topic)) {
    await ask((admin) =>
      admin.setOffsets({ groupId: reader, topic, partitions: [{ partition: number, offset: next }] }),
    );
  } else await setOffset(database, group, { topic, partition: number, next: BigInt(next) });
  console.log(`${topic}/${partition}: the next record of group ${reader} is ${next}`);
}

async function copy(database: Database, from: string, to: string): Promise<void> {
  const copied = await copyOffsets(database, from, to);
  console.log(`${String(copied)} rows of group ${from} copied to ${to}`);
  if (copied === 0) throw new Error(`group ${from} has no row that group ${to} lacks`);
}
