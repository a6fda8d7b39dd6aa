import { tableOf } from '../table.ts';
import type { TopicState, TopicDifference } from './create.ts';
import { MIN_INSYNC_REPLICAS, PARTITIONS, REPLICATION_FACTOR, RETENTION_MS } from './wanted.ts';
import type { TopicChannel } from './wanted.ts';

/** The key of each channel. Records with the same key share a partition and keep their order. */
const KEYED_BY: Readonly<Record<TopicChannel['name'], string>> = {
  petCommand: 'petId, so the commands of one pet keep their order',
  petMovement: 'objectId (the pet), so the movements of one pet keep their order',
  characterStatus: 'characterId, so the events of one character keep their order',
  assetStatus: 'characterId, so the events of one character keep their order',
  petStatus: "ownerId, so the events of one owner's pets keep their order",
  petCommandStatus: 'petId, so the rejections of one pet keep their order',
  deadLetter: 'the key of the record that it holds',
};

/** Returns a table for people, then the differences. */
export function textOf(topics: readonly TopicState[], brokers: string): string {
  const table = tableOf(
    topics.map(({ wanted, state, settings }) => ({
      state,
      topic: wanted.topic,
      partitions: Number(settings.get(PARTITIONS)),
      replicas: Number(settings.get(REPLICATION_FACTOR)),
      'min in sync': Number(settings.get(MIN_INSYNC_REPLICAS)),
      retention: durationOf(settings.get(RETENTION_MS)),
      'keyed by': KEYED_BY[wanted.channel.name],
    })),
  );
  const differences = topics.flatMap((topic) =>
    topic.differences.map((difference) => differenceLine(topic, difference, brokers)),
  );
  if (differences.length === 0) return table;
  return `${table}\n\nleft as they are, though they differ from what would be created:\n${differences.join('\n')}`;
}

/** Returns what `--json` prints. */
export function jsonOf(topics: readonly TopicState[], brokers: string, warnings: readonly string[]): object {
  return {
    topics: topics.map(({ wanted, state, settings, differences }) => ({
      topic: wanted.topic,
      channel: wanted.channel.name,
      state,
      settings: Object.fromEntries(settings),
      differences: differences.map((difference) => ({
        name: difference.name,
        actual: difference.actual,
        wanted: difference.wanted?.value ?? null,
        source: difference.wanted?.source ?? null,
        change: changeOf(wanted.topic, difference, brokers),
      })),
    })),
    warnings,
  };
}

/** Returns warnings about topics that can lose an acked record with one broker. */
export function warningsOf(topics: readonly TopicState[]): string[] {
  const few = (name: string) => topics.filter(({ settings }) => Number(settings.get(name)) < 2);
  const single = few(REPLICATION_FACTOR);
  const early = few(MIN_INSYNC_REPLICAS).filter((topic) => !single.includes(topic));
  const namesOf = (some: readonly TopicState[]) =>
    some.length === topics.length ? 'every topic' : some.map(({ wanted }) => wanted.topic).join(', ');
  return [
    ...(single.length > 0
      ? [
          `acked records can be lost with one broker, since there is 1 replica, of ${namesOf(single)}. ` +
            'In a cluster of 3 brokers there are 3, and 2 of them ack',
        ]
      : []),
    ...(early.length > 0
      ? [
          `acked records can be lost with one broker, since min.insync.replicas is 1, of ${namesOf(early)}. ` +
            'Set it to 2; with 3 replicas writes then go on without one broker',
        ]
      : []),
  ];
}

function differenceLine({ wanted: { topic } }: TopicState, difference: TopicDifference, brokers: string): string {
  const { name, actual, wanted } = difference;
  const expected = wanted === undefined ? 'the default of the broker' : `${wanted.value} by ${wanted.source}`;
  return `  ${topic}: ${name} is ${actual}, and would be ${expected}\n    ${changeOf(topic, difference, brokers)}`;
}

/** Returns the command of Kafka's own tools that changes a setting. */
function changeOf(topic: string, { name, actual, wanted }: TopicDifference, brokers: string): string {
  const server = `--bootstrap-server ${brokers}`;
  if (name === REPLICATION_FACTOR) return `kafka-reassign-partitions.sh ${server} gives its partitions other replicas`;
  if (name === PARTITIONS) {
    if (Number(wanted?.value) < Number(actual)) return 'Kafka cannot take partitions away';
    return `kafka-topics.sh ${server} --alter --topic ${topic} --partitions ${wanted?.value ?? ''} (moves keys: let what is there be consumed first)`;
  }
  const change = wanted === undefined ? `--delete-config ${name}` : `--add-config ${name}=${wanted.value}`;
  return `kafka-configs.sh ${server} --alter --entity-type topics --entity-name ${topic} ${change}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Returns milliseconds in the largest unit that divides them. */
function durationOf(milliseconds = ''): string {
  if (milliseconds === '-1') return 'forever';
  const [unit, length] = UNITS.find(([, size]) => Number(milliseconds) % size === 0) ?? ['ms', 1];
  return `${String(Number(milliseconds) / length)} ${unit}`;
}

/** Reads `7d`, `12h`, `30m` or `45s` as milliseconds; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,5})([dhms])$/.exec(text) ?? [];
  const length = UNITS.find(([name]) => name === unit)?.[1];
  return length && Number(count) * length;
}
