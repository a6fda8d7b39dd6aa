/** The text of each key, the same wherever it is needed: in memory, in logs, in SQL, as the stream of an outbox row. */

interface TopicAndPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Returns the key of an owner, which is also the stream of its events in the outbox. */
export function ownerKey(tenantId: string, ownerId: number): string {
  return `${tenantId}/${String(ownerId)}`;
}

/** Returns the key of a character: as an owner is a character that has pets, its key as an owner is the same text. */
export function characterKey(tenantId: string, characterId: number): string {
  return `${tenantId}/${String(characterId)}`;
}

export function petKey(tenantId: string, petId: number): string {
  return `${tenantId}/${String(petId)}`;
}

/** Returns the name of a partition, which is also the stream of its rejections and dead letters in the outbox. */
export function partitionKey({ topic, partition }: TopicAndPartition): string {
  return `${topic}/${String(partition)}`;
}

/** Returns the name of a record: `topic/partition@offset`. */
export function positionText(partition: TopicAndPartition, offset: bigint): string {
  return `${partitionKey(partition)}@${String(offset)}`;
}
