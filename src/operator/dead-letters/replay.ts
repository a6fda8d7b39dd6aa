import { PublishError } from '../../transport/broker.ts';
import type { BrokerAdmin, RecordSender } from '../../transport/broker-admin.ts';
import { COMPRESSIONS } from '../../transport/compression.ts';
import type { Compression } from '../../transport/compression.ts';
import { messageOf } from '../../waiting.ts';
import { endSignal } from '../command-line.ts';
import { byPlace, headersBack, placeOf } from './dead-letter.ts';
import type { Letter } from './dead-letter.ts';
import { consumedTopics } from './read.ts';
import { many } from './show.ts';

/** A letter, and the partition of its topic that it goes to. */
interface Errand {
  readonly letter: Letter;
  readonly partition: number;
}

/**
 * Where each letter goes, in the order in which they are sent: of each partition as they lay there.
 * @throws when a topic is none that the service consumes, or is not there.
 */
export async function planReplay(broker: BrokerAdmin, letters: readonly Letter[]): Promise<Errand[]> {
  const topics = [...new Set(letters.map(({ topic }) => topic))].sort();
  const consumed = consumedTopics();
  const foreign = topics.filter((topic) => !consumed.includes(topic));
  if (foreign.length > 0) {
    throw new Error(
      `the service does not consume ${foreign.join(', ')}, so nothing was sent. By the topics' variables it consumes ` +
        `${consumed.join(', ')}: set them as the service has them, or choose letters with --topic or --id`,
    );
  }
  if (topics.length === 0) return [];
  const missing = await broker.missingTopics(topics);
  if (missing.length > 0) {
    throw new Error(`the broker has no topic ${missing.join(', ')}: nothing was sent. npm run topics creates it`);
  }
  const descriptions = await broker.describeTopics(topics);
  return letters.toSorted(byPlace).map((letter) => {
    const description = descriptions.get(letter.topic);
    if (description === undefined) throw new Error(`the broker did not describe the topic ${letter.topic}`);
    const { key } = letter.record;
    const { partitions } = description;
    // Without a key: the partition that it was in, as far as that still exists.
    return { letter, partition: key === null ? letter.partition % partitions : broker.partitionOf(key, partitions) };
  });
}

/** Says where each would go. */
export function printPlan(errands: readonly Errand[]): void {
  for (const errand of errands) console.log(`would go  ${lineOf(errand)}`);
  console.log(`${many(errands.length, 'dead letter')} would be sent back; nothing was sent`);
}

function lineOf({ letter: { id, topic, partition: old, offset }, partition }: Errand, newOffset?: bigint): string {
  const to = newOffset === undefined ? `${topic}/${String(partition)}` : placeOf(topic, partition, newOffset);
  return `${id}  to ${to}, was ${placeOf(topic, old, offset)}`;
}

/**
 * Sends them one by one, and says of each where it went. What the broker refuses for what it is does not hold the others.
 * @throws when one was not acked, or not all were taken; those that were not sent are named before.
 */
export async function replay(broker: BrokerAdmin, errands: readonly Errand[]): Promise<void> {
  const compression = chosenCompression();
  const end = endSignal();
  let sent = 0;
  let refused = 0;
  const sender = await broker.openSender(compression);
  try {
    for (const [index, errand] of errands.entries()) {
      try {
        end.throwIfAborted();
        console.log(`sent      ${lineOf(errand, await send(sender, errand))}`);
        sent += 1;
      } catch (error) {
        if (error instanceof PublishError && error.isRefused) {
          console.log(`refused   ${errand.letter.id}: ${messageOf(error)}`);
          refused += 1;
          continue;
        }
        for (const { letter } of errands.slice(index)) console.log(`not sent  ${letter.id}`);
        const first = end.aborted ? '' : ` The first of them may have arrived all the same.`;
        throw new Error(`${messageOf(error)}. ${ratio(sent, errands)}, those above were not.${first}`, {
          cause: error,
        });
      }
    }
  } finally {
    await sender.close();
  }
  if (refused > 0) throw new Error(`the broker refused ${String(refused)}. ${ratio(sent, errands)}`);
  console.log(`${many(sent, 'dead letter')} sent back`);
}

/** @throws when KAFKA_COMPRESSION names none. */
function chosenCompression(): Compression {
  const name = process.env['KAFKA_COMPRESSION'] ?? '';
  const chosen = COMPRESSIONS.find((compression) => compression === (name === '' ? 'none' : name));
  if (chosen === undefined) throw new Error(`KAFKA_COMPRESSION takes ${COMPRESSIONS.join(', ')}: nothing was sent`);
  return chosen;
}

function ratio(sent: number, errands: readonly Errand[]): string {
  return `${String(sent)} of ${many(errands.length, 'dead letter')} were sent back`;
}

/**
 * Sends it with its own time, so that rules that compare times decide as they would have. A time in the future is replaced: the
 * broker would refuse it.
 */
function send(sender: RecordSender, { letter, partition }: Errand): Promise<bigint> {
  const { key, value } = letter.record;
  const timestamp = Math.min(letter.timestamp, Date.now());
  return sender.send({ topic: letter.topic, partition, key, value, timestamp, headers: headersBack(letter) });
}
