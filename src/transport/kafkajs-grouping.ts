import { replaceModule } from './kafkajs-replace.ts';

interface Grouping<Message> {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (choice: { topic: string; partitionMetadata: readonly unknown[]; message: Message }) => number;
}

/**
 * Groups the messages of a send by partition, in order. kafkajs 2.2.4 copies a partition's messages again for every further one: of
 * a thousand messages each is copied a hundred times and more.
 */
export function groupMessagesPerPartition<Message>({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping<Message>): Record<number, Message[]> {
  const groups: Record<number, Message[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) (groups[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  return groups;
}

replaceModule('producer/groupMessagesPerPartition.js', groupMessagesPerPartition);
