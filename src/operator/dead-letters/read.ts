import { channels } from '../../../generated/contract/channels.js';
import { deadLetter as channel } from '../../../generated/contract/channels/dead-letter.js';
import type { BrokerAdmin, TopicRecord } from '../../transport/broker-admin.ts';
import { withProgress } from '../progress.ts';
import { topicOf } from '../topic-of.ts';
import { byPosition, deadLetterOf, matches } from './dead-letter.ts';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';

export interface FoundDeadLetters {
  /** The dead-letter topic. */
  readonly topic: string;
  /** The selected dead letters, in the order of their times. */
  readonly deadLetters: readonly DeadLetter[];
  /** Of every dead letter whose replay became a dead letter again: its id, and the id of the newer one. */
  readonly newerIds: ReadonlyMap<string, string>;
  /** How many further copies of the selected dead letters the topic has. */
  readonly copies: number;
  /** How many other dead letters the topic has, copies included. */
  readonly others: number;
  /** How many records of the topic are no dead letters of the service. */
  readonly foreign: number;
}

/** Returns the topics that the service consumes. */
export function consumedTopics(): string[] {
  return channels.filter(({ direction }) => direction === 'receive').map((consumed) => topicOf(consumed));
}

/** @throws if the broker does not answer, or has no dead-letter topic. */
export async function readDeadLetters(broker: BrokerAdmin, filter: DeadLetterFilter): Promise<FoundDeadLetters> {
  const topic = topicOf(channel);
  const missing = await broker.missingTopics([topic]);
  if (missing.length > 0) {
    throw new Error(
      `the broker has no topic ${topic}. ${channel.env} names it; npm run topics creates what is missing`,
    );
  }
  const selected = new Map<string, DeadLetter>();
  const newerIds = new Map<string, string>();
  const counts = { copies: 0, others: 0, foreign: 0 };
  const report = (line: string) => {
    console.error(line);
  };
  const take = (record: TopicRecord) => {
    const deadLetter = deadLetterOf(record);
    if (deadLetter?.replayOf !== undefined) newerIds.set(deadLetter.replayOf, deadLetter.id);
    if (deadLetter === undefined) counts.foreign += 1;
    else if (!matches(deadLetter, filter)) counts.others += 1;
    else {
      // In a topic that was created again another record may have the same offset, and its dead letter the same id.
      const key = `${deadLetter.id} ${String(deadLetter.timestamp)}`;
      const copy = selected.get(key);
      if (copy !== undefined) counts.copies += 1;
      if (copy === undefined || record.timestamp < copy.record.timestamp) selected.set(key, deadLetter);
    }
  };
  await withProgress(report, `reading ${topic}`, broker.readToEnd(topic, take, report));
  return { topic, deadLetters: [...selected.values()].sort(byTime), newerIds, ...counts };
}

/** Orders by the time of the dead letter, and by the position of its record at the same time. */
function byTime(a: DeadLetter, b: DeadLetter): number {
  return a.record.timestamp - b.record.timestamp || byPosition(a, b);
}
