/** What is derived from topic, partition and offset of a record alone: it is the same after a replay, a retry, and in any batch. */
import { createHash } from 'node:crypto';
import type { Assignment } from '../transport/broker.ts';

/** Returns the id of a record that a group has read: a UUID (version 8, by name) of its topic, partition and offset. */
export function recordId(group: string, topic: string, partition: number, offset: bigint): string {
  const hash = hashOf([group, topic, partition, String(offset)]);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Returns the random number of a record: 0 to 1, 1 excluded. */
export function rollOf({ topic, partition }: Assignment, offset: bigint): number {
  return hashOf([topic, partition, String(offset)]).readUInt32BE(0) / 2 ** 32;
}

function hashOf(parts: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
