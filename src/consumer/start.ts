import { sentence } from '../errors.ts';
import { insertOffsets, otherGroups, readOffsets } from '../store/tables/consumer-offset.ts';
import type { StoredOffset } from '../store/tables/consumer-offset.ts';
import type { Database } from '../store/database.ts';
import type { Assignment, Broker, Damage } from '../transport/broker.ts';

/** Where a group starts that has neither offset rows nor offsets in Kafka: at the first record of a log, or after the last. */
export type KafkaStart = 'earliest' | 'latest';

export interface StartContext {
  readonly database: Database;
  readonly broker: Pick<Broker, 'bounds' | 'committed'>;
  readonly group: string;
  /** `KAFKA_START`; undefined if the operator has not set it. */
  readonly start: KafkaStart | undefined;
  /** Whether a row is older than a time without its topic, and cannot be compared with the log. */
  isUnverifiable?(row: StoredOffset): boolean;
}

/** Where a partition starts, or why it must not be read before the operator has decided. */
export type Start = StartPosition | (Assignment & { readonly problem: string });

export interface StartPosition extends Assignment {
  /** The first record to apply. */
  readonly next: bigint;
  /** The last applied record by its row; undefined if the row has none. */
  readonly lastApplied: LastRecord | undefined;
  /** The record at which reading starts: `lastApplied` if the log may still have it, else undefined. */
  readonly last: LastRecord | undefined;
}

/** The last applied record. If it has another timestamp now, the log is another one. */
export interface LastRecord {
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/**
 * Finds where each assigned partition starts. The offset row decides. A partition without a row starts at the group's offset in
 * Kafka, else at KAFKA_START, and that offset is written before anything is read.
 */
export async function findStarts(context: StartContext, assigned: readonly Assignment[]): Promise<Start[]> {
  const { database, group } = context;
  let rows = await readOffsets(database, group);
  for (const [topic, partitions] of byTopic(assigned)) {
    if (partitions.every((partition) => rowOf(rows, { topic, partition }) !== undefined)) continue;
    const isNew = !rows.some((row) => row.topic === topic);
    if (isNew && context.start === undefined) {
      const others = await otherGroups(database, group, [topic]);
      if (others.length > 0) return assigned.map((partition) => ({ ...partition, problem: renamed(group, others) }));
    }
    const first = await firstOffsets(context, topic, isNew ? (context.start ?? 'earliest') : 'earliest');
    // Also for the partitions of other instances: a row that is missing later belongs to a partition that was added.
    await insertOffsets(
      database,
      group,
      [...first].map(([partition, next]) => ({ topic, partition, next })),
    );
  }
  // Read again: another instance may have inserted rows first.
  rows = await readOffsets(database, group);
  const starts: Start[] = [];
  for (const [topic, partitions] of byTopic(assigned)) {
    const bounds = await context.broker.bounds(topic);
    for (const partition of partitions) {
      const assignment = { topic, partition };
      const row = rowOf(rows, assignment);
      const next = row?.next;
      const log = bounds.get(partition);
      if (next === undefined || log === undefined)
        starts.push({ ...assignment, problem: sentence('PARTITION_MISSING', 'The broker has no log of it') });
      else if (next < log.low) starts.push({ ...assignment, problem: lost(next, log.low) });
      else if (next > log.high) starts.push({ ...assignment, problem: beyond(next, log.high) });
      else if (row !== undefined && context.isUnverifiable?.(row) === true)
        starts.push({ ...assignment, problem: unverifiable(next) });
      else {
        const lastApplied = lastAppliedOf(row);
        // Retention may have deleted it since.
        const last = lastApplied !== undefined && lastApplied.offset >= log.low ? lastApplied : undefined;
        starts.push({ ...assignment, next, lastApplied, last });
      }
    }
  }
  return starts;
}

async function firstOffsets({ broker, group }: StartContext, topic: string, start: KafkaStart) {
  const [committed, bounds] = await Promise.all([broker.committed(group, topic), broker.bounds(topic)]);
  return new Map(
    [...bounds].map(([partition, { low, high }]) => [
      partition,
      committed.get(partition) ?? (start === 'earliest' ? low : high),
    ]),
  );
}

function lastAppliedOf(row: StoredOffset | undefined): LastRecord | undefined {
  if (row?.lastOffset == null || row.lastTimestamp === null) return undefined;
  return { offset: row.lastOffset, timestamp: Number(row.lastTimestamp) };
}

function rowOf(rows: readonly StoredOffset[], { topic, partition }: Assignment): StoredOffset | undefined {
  return rows.find((row) => row.topic === topic && row.partition === partition);
}

function byTopic(assigned: readonly Assignment[]): Map<string, number[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of assigned) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return topics;
}

function renamed(group: string, others: readonly string[]): string {
  const what = `consumer_offset has rows of group ${others.join(', ')} and none of ${group}: was the group renamed?`;
  return sentence('GROUP_RENAMED', what);
}

function lost(next: bigint, low: bigint): string {
  const what = `The next record to apply is ${String(next)}, and the log starts at ${String(low)}`;
  return sentence('OFFSET_LOST', `${what}: records were deleted before they were applied`);
}

function beyond(next: bigint, high: bigint): string {
  const what = `The next record to apply is ${String(next)}, and the log ends at ${String(high)}`;
  return sentence('OFFSET_BEYOND', `${what}: was the topic created again?`);
}

function unverifiable(next: bigint): string {
  const what = `The topic was missing, and its log may be a new one: offset ${String(next)} may be another record now`;
  return sentence('OFFSET_OTHER_LOG', what);
}

/** Returns the problem of a log whose last applied record has another timestamp than it had. */
export function recreated({ offset, timestamp }: LastRecord, found: number): string {
  const what = `Record ${String(offset)} was applied with timestamp ${String(timestamp)} and now has ${String(found)}`;
  return sentence('OFFSET_OTHER_LOG', `${what}: was the topic created again?`);
}

/** Returns the problem of a log in which a batch cannot be read. */
export function unreadable({ offset, next, reason }: Damage): string {
  const what = `The batch of records at offset ${String(offset)} cannot be read: ${reason}. The next batch begins at offset ${String(next)}`;
  return sentence('BATCH_UNREADABLE', what);
}
