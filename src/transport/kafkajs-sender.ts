import type { Kafka } from 'kafkajs';
import { messageOf } from '../waiting.ts';
import { PublishError } from './broker.ts';
import type { RecordSender } from './broker-admin.ts';
import type { Compression } from './compression.ts';
import { compressionType } from './kafkajs-codecs.ts';
import kafkajs from './kafkajs-mended.ts';
import { PRODUCER_RETRY } from './kafkajs-producer.ts';

/** Opens a sender of single records for given partitions. */
export async function openSender(kafka: Kafka, compression: Compression): Promise<RecordSender> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: PRODUCER_RETRY,
  });
  await producer.connect();
  return {
    async send({ topic, partition, timestamp, key, value, headers }) {
      const message = {
        key,
        value,
        partition,
        timestamp: String(timestamp),
        headers: headers as Record<string, Buffer | string>,
      };
      try {
        const request = { topic, compression: compressionType(compression), acks: -1, messages: [message] };
        const [answer] = await producer.send(request);
        // The record was acked, with or without an offset: an error would have it sent again.
        return answer?.baseOffset === undefined ? undefined : BigInt(answer.baseOffset);
      } catch (error) {
        throw new PublishError(messageOf(error), { isRefused: isRefusal(error), cause: error });
      }
    },
    close: () => producer.disconnect(),
  };
}

/** Returns whether the broker will not take the record, however often it is sent. */
function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof kafkajs.KafkaJSProtocolError) return !at.retriable;
  }
  return false;
}

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

/** Returns the partition of a key, as Kafka's default partitioner chooses it: by the key's hash alone. */
export function partitionOf(key: Buffer, partitionCount: number): number {
  const partitionMetadata = Array.from({ length: partitionCount }, (_, partitionId) => ({ partitionId }));
  return partitioner({ topic: '', partitionMetadata: partitionMetadata as never[], message: { key, value: null } });
}
