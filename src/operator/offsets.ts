/** `npm run offsets`: shows and sets the offsets of the service's consumer group; see --help. */
import { partitionKey } from '../keys.ts';
import type { Database } from '../store/database.ts';
import { copyOffsets, setOffset } from '../store/tables/consumer-offset.ts';
import type { BrokerAdmin } from '../transport/broker-admin.ts';
import { defaults } from '../variables.ts';
import { brokerOf } from './broker.ts';
import { commandLine, requireTaken, runCommand, usageError } from './command-line.ts';
import { isMovement, logOf, readerOf } from './offsets/log.ts';
import { show } from './offsets/show.ts';
import { passwordFileOf, withDatabase, withServiceDatabase } from './database.ts';
import { findAddresses } from './find-running.ts';

const HELP = `Usage: npm run offsets -- show [--json] | set --topic T --partition P --offset N|earliest|latest | copy --from G --to G

The table consumer_offset has the offset of the next record of each partition; Kafka's own offsets only follow it. A running
service notices within seconds when a row was changed, and continues from there. Movements have no rows: Kafka keeps their offsets,
for a group of their own. To set one of these, stop every instance first.

  show   prints for each partition: the offset of the next record by its row, start and end of the log, the lag, Kafka's offset
  set    sets the row of a partition: records before the offset are never applied, records from it on are applied (again)
  copy   copies the rows of a group to another one that has none: before the service is started with a new group name

  --group <name>   the consumer group (default: KAFKA_GROUP_ID, else ${defaults.KAFKA_GROUP_ID})
  --json           of show: { "group", "topics": [{ "topic", "group", "exists", "partitions": [{ "partition", "next", "logStart",
                   "logEnd", "lag", "kafka" }] }] }. Offsets are text, or null if there is none
  --help           show this

Finds what a running npm start uses; elsewhere set DATABASE_URL, DATABASE_PASSWORD_FILE if the service has it and, except for copy,
KAFKA_BROKERS and the service's other variables about the broker.

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
  const [action, ...words] = positionals;
  if (action !== 'show' && action !== 'set' && action !== 'copy') {
    usageError(COMMAND, 'name first what to do: show, set or copy');
  }
  requireTaken(COMMAND, action, { values, words }, TAKES[action]);
  const { topic, partition, offset, from, to } = values;
  const group = values.group ?? (process.env['KAFKA_GROUP_ID'] || defaults.KAFKA_GROUP_ID);

  if (action === 'copy') {
    if (from === undefined || to === undefined) usageError(COMMAND, 'copy needs --from and --to');
    await withServiceDatabase((database) => copy(database, from, to));
  } else if (action === 'show') {
    await withBoth((database, broker) => show(database, broker, group, values.json === true));
  } else {
    if (topic === undefined || partition === undefined || offset === undefined) {
      usageError(COMMAND, 'set needs --topic, --partition and --offset');
    }
    await withBoth((database, broker) => set(database, broker, { group, topic, partition, offset }));
  }
});

/** Finds database and broker together, since they must belong together. */
async function withBoth(use: (database: Database, broker: BrokerAdmin) => Promise<void>): Promise<void> {
  const { databaseUrl, brokers } = findAddresses('databaseUrl', 'brokers');
  const broker = brokerOf(brokers);
  await withDatabase(databaseUrl, passwordFileOf(process.env), (database) => use(database, broker));
}

/** The offset that a partition is set to, as typed. */
interface NewOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: string;
  /** Or `earliest` or `latest`. */
  readonly offset: string;
}

async function set(
  database: Database,
  broker: BrokerAdmin,
  { group, topic, partition, offset }: NewOffset,
): Promise<void> {
  const number = /^\d+$/.test(partition) ? Number(partition) : NaN;
  const { bounds } = await logOf(broker, topic, group);
  const log = bounds.get(number);
  if (log === undefined) throw new Error(`the broker has no partition ${partition} of a topic ${topic}`);
  const next = offset === 'earliest' ? log.low : offset === 'latest' ? log.high : offsetOf(offset);
  if (next < log.low || next > log.high) {
    throw new Error(`the log has the offsets ${String(log.low)} to ${String(log.high)}, ${offset} is outside of it`);
  }
  const reader = readerOf(topic, group);
  if (isMovement(topic)) await broker.setCommitted(reader, { topic, partition: number }, next);
  else await setOffset(database, group, { topic, partition: number, next });
  console.log(`${partitionKey({ topic, partition: number })}: the next record of group ${reader} is ${String(next)}`);
}

function offsetOf(text: string): bigint {
  if (!/^\d+$/.test(text)) usageError(COMMAND, '--offset takes a number, earliest or latest');
  return BigInt(text);
}

async function copy(database: Database, from: string, to: string): Promise<void> {
  const copied = await copyOffsets(database, from, to);
  console.log(`${String(copied)} rows of group ${from} copied to ${to}`);
  if (copied === 0) throw new Error(`group ${from} has no row that group ${to} does not have`);
}
