/** What the broker knows of a topic and of the group that reads it. */
import type { Admin } from 'kafkajs';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import { movementGroupOf } from '../../src/consumer/movement.ts';
import { topicOf } from '../kafka/topic-of.ts';

export type AskBroker = <Result>(ask: (admin: Admin) => Promise<Result>) => Promise<Result>;

/** First and last offset of each partition that there is, and what Kafka has for the group. */
export function logOf(ask: AskBroker, topic: string, group: string) {
  return ask(async (admin) => {
    if (!(await admin.listTopics()).includes(topic))
      return { bounds: new Map<number, never>(), committed: new Map<number, string>() };
    const bounds = await admin.fetchTopicOffsets(topic);
    const [offsets] = await admin.fetchOffsets({ groupId: readerOf(topic, group), topics: [topic] });
    const committed = (offsets?.partitions ?? []).filter(({ offset }) => offset !== '-1');
    return {
      bounds: new Map(bounds.map(({ partition, low, high }) => [partition, { low, high }])),
      committed: new Map(committed.map(({ partition, offset }) => [partition, offset])),
    };
  });
}

/** Whether Kafka keeps the offsets of a topic, and not the database. */
export function isMovement(topic: string): boolean {
  return topic === topicOf(petMovement);
}

/** The group that reads a topic. */
export function readerOf(topic: string, group: string): string {
  return isMovement(topic) ? movementGroupOf(group) : group;
}
