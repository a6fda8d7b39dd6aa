import { replacePart } from './kafkajs-replace.ts';

interface Grouping<Message> {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (choice: { topic: string; partitionMetadata: readonly unknown[]; message: Message }) => number;
}

/**
 * The messages of a send by their partitions, in order. kafkajs 2.2.4 copies what it has so far for every message: of
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

replacePart('producer/groupMessagesPerPartition.js', groupMessagesPerPartition);
