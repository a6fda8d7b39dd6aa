import { channels } from '../../../generated/contract/channels.ts';
import { deadLetter } from '../../../generated/contract/channels/dead-letter.ts';
import { withProgress } from '../progress.ts';
import type { BrokerAdmin, TopicRecord } from '../../transport/broker-admin.ts';
import { topicOf } from '../topic-of.ts';
import { byPlace, isWanted, letterOf } from './dead-letter.ts';
import type { Letter, Wanted } from './dead-letter.ts';

export interface Found {
  /** Where they lie. */
  readonly topic: string;
  /** Those that are wanted, in the order in which they were set aside. */
  readonly letters: readonly Letter[];
  /** Of letters that were sent back and became dead letters again, whatever was wanted: id and the newer one's id. */
  readonly again: ReadonlyMap<string, string>;
  /** How many copies of them lie there besides. */
  readonly copies: number;
  /** How many other letters there are, copies included. */
  readonly others: number;
  /** How many records do not say whence they are. */
  readonly strangers: number;
}

/** The topics that the service consumes. */
export function consumedTopics(): string[] {
  return channels.filter(({ direction }) => direction === 'receive').map((channel) => topicOf(channel));
}

/** @throws when the broker does not answer, or has no dead-letter topic. */
export async function readLetters(broker: BrokerAdmin, wanted: Wanted): Promise<Found> {
  const topic = topicOf(deadLetter);
  const missing = await broker.missingTopics([topic]);
  if (missing.length > 0) {
    throw new Error(
      `the broker has no topic ${topic}. ${deadLetter.env} names it; npm run topics creates what is missing`,
    );
  }
  const letters = new Map<string, Letter>();
  const again = new Map<string, string>();
  const counts = { copies: 0, others: 0, strangers: 0 };
  const report = (line: string) => {
    console.error(line);
  };
  const take = (record: TopicRecord) => {
    const letter = letterOf(record);
    if (letter?.replayOf !== undefined) again.set(letter.replayOf, letter.id);
    if (letter === undefined) counts.strangers += 1;
    else if (!isWanted(letter, wanted)) counts.others += 1;
    else {
      // Of a topic that was created anew another record may have had the same place, and so its letter the same id.
      const name = `${letter.id} ${String(letter.timestamp)}`;
      const known = letters.get(name);
      if (known !== undefined) counts.copies += 1;
      if (known === undefined || record.timestamp < known.record.timestamp) letters.set(name, letter);
    }
  };
  await withProgress(report, `reading ${topic}`, broker.readToEnd(topic, take, report));
  return { topic, letters: [...letters.values()].sort(byTime), again, ...counts };
}

/** Those of one moment as their records lay there. */
function byTime(a: Letter, b: Letter): number {
  return a.record.timestamp - b.record.timestamp || byPlace(a, b);
}
