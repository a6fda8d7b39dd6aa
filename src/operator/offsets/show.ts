import { channels } from '../../../generated/contract/channels.js';
import type { Database } from '../../store/database.ts';
import { readOffsets } from '../../store/tables/consumer-offset.ts';
import type { BrokerAdmin } from '../../transport/broker-admin.ts';
import { topicOf } from '../topic-of.ts';
import { tableOf } from '../table.ts';
import { isMovement, logOf, readerOf } from './log.ts';

/** What `--json` prints. Offsets are text: they may be larger than the integers of JavaScript. */
interface ShownOffsets {
  readonly group: string;
  readonly topics: readonly ShownTopic[];
}

interface ShownTopic {
  readonly topic: string;
  /** The consumer group that reads it: movements have a group of their own. */
  readonly group: string;
  readonly exists: boolean;
  readonly partitions: readonly ShownPartition[];
}

interface ShownPartition {
  readonly partition: number;
  /** The offset of the next record: the row's, of movements Kafka's. Null if there is none. */
  readonly next: string | null;
  /** The offsets of the first record and of the end of the log; null without a log. */
  readonly logStart: string | null;
  readonly logEnd: string | null;
  /** Records that are not applied yet. */
  readonly lag: string | null;
  /** The offset that Kafka has for the group. */
  readonly kafka: string | null;
}

/** Prints the offsets of a group, of each topic that it consumes or has rows of. */
export async function show(database: Database, broker: BrokerAdmin, group: string, asJson: boolean): Promise<void> {
  const shown = await stateOf(database, broker, group);
  console.log(asJson ? JSON.stringify(shown, null, 2) : [`group ${group}`, ...shown.topics.map(textOf)].join('\n\n'));
}

async function stateOf(database: Database, broker: BrokerAdmin, group: string): Promise<ShownOffsets> {
  const rows = await readOffsets(database, group);
  const consumed = channels.filter(({ direction }) => direction === 'receive').map((channel) => topicOf(channel));
  const topics: ShownTopic[] = [];
  for (const topic of new Set([...consumed, ...rows.map((row) => row.topic)])) {
    const { bounds, committed } = await logOf(broker, topic, group);
    const next = new Map(
      isMovement(topic) ? committed : rows.filter((row) => row.topic === topic).map((row) => [row.partition, row.next]),
    );
    const partitions = [...new Set([...bounds.keys(), ...next.keys()])].sort((a, b) => a - b);
    topics.push({
      topic,
      group: readerOf(topic, group),
      exists: bounds.size > 0,
      partitions: partitions.map((partition) => {
        const log = bounds.get(partition);
        const at = next.get(partition);
        return {
          partition,
          next: textOrNull(at),
          logStart: textOrNull(log?.low),
          logEnd: textOrNull(log?.high),
          lag: textOrNull(at === undefined || log === undefined ? undefined : log.high - at),
          kafka: textOrNull(committed.get(partition)),
        };
      }),
    });
  }
  return { group, topics };
}

function textOrNull(offset: bigint | undefined): string | null {
  return offset === undefined ? null : String(offset);
}

function textOf({ topic, group, exists, partitions }: ShownTopic): string {
  const whose = isMovement(topic) ? ` (no rows: Kafka keeps the offsets, for the group ${group})` : '';
  const title = `${topic}${whose}${exists ? '' : ': the broker has no such topic'}`;
  if (partitions.length === 0) return title;
  const number = (text: string | null) => (text === null ? undefined : BigInt(text));
  const rows = partitions.map(({ partition, next, logStart, logEnd, lag, kafka }) => ({
    partition,
    next: number(next),
    'log starts': number(logStart),
    'log ends': number(logEnd),
    lag: number(lag),
    ...(!isMovement(topic) && { kafka: number(kafka) }),
  }));
  return `${title}\n${tableOf(rows)}`;
}
