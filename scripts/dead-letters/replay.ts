import type { CompressionTypes, Kafka, PartitionMetadata } from 'kafkajs';
import { COMPRESSIONS } from '../../src/transport/compression.ts';
import { compressionType } from '../../src/transport/kafkajs-codecs.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { PRODUCER_RETRY } from '../../src/transport/kafkajs-producer.ts';
import { messageOf } from '../../src/waiting.ts';
import { endSignal } from '../cli.ts';
import { byPlace, headersBack, placeOf } from './letter.ts';
import type { Letter } from './letter.ts';
import { asAdmin, consumedTopics, missingTopics } from './read.ts';
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
export async function planReplay(kafka: Kafka, letters: readonly Letter[]): Promise<Errand[]> {
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
  const partitions = await asAdmin(kafka, async (admin) => {
    const missing = await missingTopics(admin, topics);
    if (missing.length > 0) {
      throw new Error(`the broker has no topic ${missing.join(', ')}: nothing was sent. npm run topics creates it`);
    }
    const metadata = await admin.fetchTopicMetadata({ topics });
    return new Map(metadata.topics.map((topic) => [topic.name, topic.partitions]));
  });
  return letters
    .toSorted(byPlace)
    .map((letter) => ({ letter, partition: choosePartition(letter, partitions.get(letter.topic) ?? []) }));
}

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

/** The key's; without a key the one it was in, as far as that is still there. */
function choosePartition({ topic, partition, record: { key } }: Letter, partitions: PartitionMetadata[]): number {
  if (key === null) return partition % partitions.length;
  return partitioner({ topic, partitionMetadata: partitions, message: { key, value: null } });
}

/** Says where each would go. */
export function printPlan(errands: readonly Errand[]): void {
  for (const errand of errands) console.log(`would go  ${lineOf(errand)}`);
  console.log(`${many(errands.length, 'dead letter')} would be sent back; nothing was sent`);
}

function lineOf({ letter: { id, topic, partition: old, offset }, partition }: Errand, newOffset?: string): string {
  const to = newOffset === undefined ? `${topic}/${String(partition)}` : placeOf(topic, partition, newOffset);
  return `${id}  to ${to}, was ${placeOf(topic, old, offset)}`;
}

/**
 * Sends them one by one, and says of each where it went. What the broker refuses for what it is does not hold the others.
 * @throws when one was not acked, or not all were taken; those that were not sent are named before.
 */
export async function replay(kafka: Kafka, errands: readonly Errand[]): Promise<void> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: PRODUCER_RETRY,
  });
  const compression = chosenCompression();
  const end = endSignal();
  let sent = 0;
  let refused = 0;
  await producer.connect();
  try {
    for (const [index, errand] of errands.entries()) {
      try {
        end.throwIfAborted();
        console.log(`sent      ${lineOf(errand, await send(producer, compression, errand))}`);
        sent += 1;
      } catch (error) {
        if (isRefusal(error)) {
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
    await producer.disconnect();
  }
  if (refused > 0) throw new Error(`the broker refused ${String(refused)}. ${ratio(sent, errands)}`);
  console.log(`${many(sent, 'dead letter')} sent back`);
}

/** @throws when KAFKA_COMPRESSION names none. */
function chosenCompression(): CompressionTypes {
  const name = process.env['KAFKA_COMPRESSION'] ?? '';
  const chosen = COMPRESSIONS.find((compression) => compression === (name === '' ? 'none' : name));
  if (chosen === undefined) throw new Error(`KAFKA_COMPRESSION takes ${COMPRESSIONS.join(', ')}: nothing was sent`);
  return compressionType(chosen);
}

function ratio(sent: number, errands: readonly Errand[]): string {
  return `${String(sent)} of ${many(errands.length, 'dead letter')} were sent back`;
}

/** With its own time, so that what is judged by it is judged as it was. No clock that is ahead gets it refused. */
async function send(
  producer: ReturnType<Kafka['producer']>,
  compression: CompressionTypes,
  { letter, partition }: Errand,
): Promise<string> {
  const { key, value } = letter.record;
  const timestamp = String(Math.min(letter.timestamp, Date.now()));
  const messages = [{ key, value, partition, timestamp, headers: headersBack(letter) }];
  const [answer] = await producer.send({ topic: letter.topic, compression, acks: -1, messages });
  return answer?.baseOffset ?? '?';
}

/** Whether the broker will not take it however often it is sent. */
function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof kafkajs.KafkaJSProtocolError) return !at.retriable;
  }
  return false;
}
