/** `npm run topics`: creates the topics of the contract that the broker does not have; see --help. */
import { options, runCommand, usageError } from './command-line.ts';
import { findAddresses } from './find-running.ts';
import { createTopics } from './topics/create.ts';
import { jsonOf, readDuration, textOf, warningsOf } from './topics/print.ts';

const COMMAND = 'npm run topics';
/** A typing error must not cost the broker its memory. */
const MAX_PARTITIONS = 1_000;
const MAX_REPLICAS = 100;

const HELP = `Usage: npm run topics [-- options]

Creates the topics of the contract that the broker does not have, with the settings of the contract. A topic is named by
its variable (as in asyncapi.yaml), else by its default. Topics that exist stay as they are; settings that differ from
those of a created topic are printed, each with the command of Kafka's own tools that changes it.

Instances share the partitions: a topic with 4 partitions keeps 4 instances busy. Kafka keeps the order within a partition
only, so producers must choose the partition by the key, as Java's default partitioner does (murmur2). docs/protocol.md,
"Partitions", describes what is lost if they do not. With 1 partition the order does not depend on the producers.

A record that was acked survives the loss of one broker if it has 3 replicas and min.insync.replicas is 2 (the service asks for
acks of all). A warning names the topics whose records would not survive.

  --partitions <N>            of every topic that is created, 1 to ${String(MAX_PARTITIONS)} (default: those of asyncapi.yaml)
  --replication-factor <N>    of every topic that is created (default: the number of brokers, at most 3)
  --min-insync-replicas <N>   of every topic that is created (default: 2 with 3 replicas, else 1)
  --retention <time>          of every topic that is created, as 7d, 12h, 30m or 45s (default: that of asyncapi.yaml)
  --dry-run                   prints what would be created, and creates nothing
  --json                      { "topics": [{ "topic", "channel", "state", "settings", "differences": [{ "name", "actual", "wanted",
                              "source", "change" }] }], "warnings" }; state is created, present or (in a dry run) missing
  --help                      show this

Finds the broker of a running npm start; elsewhere set KAFKA_BROKERS (host:port), and what else the service has about the broker.

Exit code: 0 when every topic exists afterwards, 1 otherwise, 2 for a usage error.`;

await runCommand(COMMAND, async () => {
  const values = options(COMMAND, HELP, {
    partitions: { type: 'string' },
    'replication-factor': { type: 'string' },
    'min-insync-replicas': { type: 'string' },
    retention: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  const asked = {
    partitions: numberOf('--partitions', values.partitions, MAX_PARTITIONS),
    replicationFactor: numberOf('--replication-factor', values['replication-factor'], MAX_REPLICAS),
    minInsyncReplicas: numberOf('--min-insync-replicas', values['min-insync-replicas'], MAX_REPLICAS),
    retentionMs: retentionOf(values.retention),
    isDryRun: values['dry-run'],
  };
  const { brokers } = findAddresses('brokers');
  const topics = await createTopics(brokers, process.env, asked);
  const warnings = warningsOf(topics);
  console.log(values.json ? JSON.stringify(jsonOf(topics, brokers, warnings), null, 2) : textOf(topics, brokers));
  for (const warning of warnings) console.error(`warning: ${warning}`);
});

function numberOf(option: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (count >= 1 && count <= max) return count;
  return usageError(COMMAND, `${option} takes a number from 1 to ${String(max)}, not "${text}"`);
}

function retentionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return readDuration(text) ?? usageError(COMMAND, `--retention takes a time as 7d, 12h, 30m or 45s, not "${text}"`);
}
