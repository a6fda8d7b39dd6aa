/** What the broker has of a topic and of the group that reads it. */
import { petMovement } from '../../../generated/contract/channels/pet-movement.js';
import { movementGroupOf } from '../../movement-group.ts';
import type { BrokerAdmin } from '../../transport/broker-admin.ts';
import { topicOf } from '../topic-of.ts';

/** Returns the first and the last offset of each partition that exists, and the offsets that Kafka has for the group. */
export async function logOf(broker: BrokerAdmin, topic: string, group: string) {
  const missing = await broker.missingTopics([topic]);
  if (missing.length > 0) {
    return { bounds: new Map<number, never>(), committed: new Map<number, bigint>() };
  }
  return { bounds: await broker.bounds(topic), committed: await broker.committed(readerOf(topic, group), topic) };
}

/** Returns whether Kafka keeps the offsets of a topic, and not the database. */
export function isMovement(topic: string): boolean {
  return topic === topicOf(petMovement);
}

/** Returns the group that reads a topic. */
export function readerOf(topic: string, group: string): string {
  return isMovement(topic) ? movementGroupOf(group) : group;
}
