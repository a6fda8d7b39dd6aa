import { partitionKey, positionText } from '../../keys.ts';
import { PublishError } from '../../transport/broker.ts';
import type { BrokerAdmin, RecordSender } from '../../transport/broker-admin.ts';
import { COMPRESSIONS } from '../../transport/compression.ts';
import type { Compression } from '../../transport/compression.ts';
import { messageOf } from '../../waiting.ts';
import { endSignal } from '../command-line.ts';
import { countText } from '../count-text.ts';
import { byPosition, replayHeaders } from './dead-letter.ts';
import type { DeadLetter } from './dead-letter.ts';
import { consumedTopics } from './read.ts';

/** A dead letter, and the partition of its topic that its record is sent to. */
interface PlannedReplay {
  readonly deadLetter: DeadLetter;
  readonly partition: number;
}

/**
 * Returns the partition of each dead letter, in the order of sending: that of the original records in each partition.
 *
 * @throws if the service does not consume one of the topics, or the broker does not have it.
 */
export async function planReplay(broker: BrokerAdmin, deadLetters: readonly DeadLetter[]): Promise<PlannedReplay[]> {
  const topics = [...new Set(deadLetters.map(({ topic }) => topic))].sort();
  const consumed = consumedTopics();
  const foreign = topics.filter((topic) => !consumed.includes(topic));
  if (foreign.length > 0) {
    throw new Error(
      `the service does not consume ${foreign.join(', ')}, so nothing was sent. By the topics' variables it consumes ` +
        `${consumed.join(', ')}: set them as the service has them, or choose dead letters with --topic or --id`,
    );
  }
  if (topics.length === 0) return [];
  const missing = await broker.missingTopics(topics);
  if (missing.length > 0) {
    throw new Error(`the broker has no topic ${missing.join(', ')}: nothing was sent. npm run topics creates it`);
  }
  const descriptions = await broker.describeTopics(topics);
  return deadLetters.toSorted(byPosition).map((deadLetter) => {
    const { topic, partition, record } = deadLetter;
    const description = descriptions.get(topic);
    if (description === undefined) throw new Error(`the broker did not describe the topic ${topic}`);
    const { partitions } = description;
    // A record without a key returns to its own partition, if the topic still has that.
    const target = record.key === null ? partition % partitions : broker.partitionOf(record.key, partitions);
    return { deadLetter, partition: target };
  });
}

/** Prints the partition that each record would be sent to. */
export function printPlan(planned: readonly PlannedReplay[]): void {
  for (const one of planned) console.log(`would go  ${lineOf(one, targetOf(one))}`);
  console.log(`${countText(planned.length, 'dead letter')} would be sent back; nothing was sent`);
}

/** @param to where the record goes, or has gone. */
function lineOf({ deadLetter: { id, topic, partition, offset } }: PlannedReplay, to: string): string {
  return `${id}  to ${to}, was ${positionText({ topic, partition }, offset)}`;
}

function targetOf({ deadLetter: { topic }, partition }: PlannedReplay): string {
  return partitionKey({ topic, partition });
}

/**
 * Sends the records one by one and prints the new position of each. A record that the broker refuses does not stop the others.
 *
 * @throws if one was not acked, or not all were taken; the records that were not sent are printed before.
 */
export async function replay(broker: BrokerAdmin, planned: readonly PlannedReplay[]): Promise<void> {
  const compression = chosenCompression();
  const end = endSignal();
  let sent = 0;
  let refused = 0;
  const sender = await broker.openSender(compression);
  try {
    for (const [index, one] of planned.entries()) {
      try {
        end.throwIfAborted();
        const offset = await send(sender, one);
        console.log(`sent      ${lineOf(one, `${targetOf(one)}@${offset === undefined ? '?' : String(offset)}`)}`);
        sent += 1;
      } catch (error) {
        if (error instanceof PublishError && error.isRefused) {
          console.log(`refused   ${one.deadLetter.id}: ${messageOf(error)}`);
          refused += 1;
          continue;
        }
        for (const { deadLetter } of planned.slice(index)) console.log(`not sent  ${deadLetter.id}`);
        const first = end.aborted ? '' : ` The first of them may have arrived all the same.`;
        throw new Error(`${messageOf(error)}. ${ratio(sent, planned)}, those above were not.${first}`, {
          cause: error,
        });
      }
    }
  } finally {
    await sender.close();
  }
  if (refused > 0) throw new Error(`the broker refused ${String(refused)}. ${ratio(sent, planned)}`);
  console.log(`${countText(sent, 'dead letter')} sent back`);
}

/** @throws if KAFKA_COMPRESSION is not valid. */
function chosenCompression(): Compression {
  const name = process.env['KAFKA_COMPRESSION'] ?? '';
  const chosen = COMPRESSIONS.find((compression) => compression === (name === '' ? 'none' : name));
  if (chosen === undefined) throw new Error(`KAFKA_COMPRESSION takes ${COMPRESSIONS.join(', ')}: nothing was sent`);
  return chosen;
}

function ratio(sent: number, planned: readonly PlannedReplay[]): string {
  return `${String(sent)} of ${countText(planned.length, 'dead letter')} were sent back`;
}

/**
 * Sends a record with its own time, so that rules that compare times decide as they would have. A time in the future becomes now:
 * the broker would refuse it.
 */
function send(sender: RecordSender, { deadLetter, partition }: PlannedReplay): Promise<bigint | undefined> {
  const { topic, record } = deadLetter;
  const { key, value } = record;
  const timestamp = Math.min(deadLetter.timestamp, Date.now());
  return sender.send({ topic, partition, key, value, timestamp, headers: replayHeaders(deadLetter) });
}
