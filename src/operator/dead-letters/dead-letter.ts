import type { RecordHeaders } from '../../../generated/contract/record.js';
import { readText, readUuid } from '../../../generated/contract/runtime.js';
import type { TextForm } from '../../../generated/contract/runtime.js';
import type { TopicRecord } from '../../transport/broker-admin.ts';

/** A record of the dead-letter topic, with its DEAD_LETTER_* headers decoded. */
export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  /** Describes the fault, for people. */
  readonly message: string;
  /** The topic, partition and offset of the original record. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The time of the original record, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly group: string;
  readonly attempts: string;
  /** The DEAD_LETTER_ID of an earlier dead letter whose replay became this one. */
  readonly replayOf: string | undefined;
  /** Has the key, value and headers of the original record; its timestamp is that of the dead letter. */
  readonly record: TopicRecord;
}

/** Selects dead letters. A field that is undefined selects all. */
export interface DeadLetterFilter {
  readonly ids?: ReadonlySet<string> | undefined;
  readonly reason?: string | undefined;
  readonly topic?: string | undefined;
  /** Dead letters of then or later, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

const PREFIX = 'DEAD_LETTER_';
const DECIMAL = { pattern: /^\d+$/ };

/** Decodes a dead letter. Returns undefined if a record lacks the headers that every dead letter of the service has. */
export function deadLetterOf(record: TopicRecord): DeadLetter | undefined {
  const { headers } = record;
  const text = (name: string, form?: TextForm) => readText(headers[PREFIX + name], form);
  const id = readUuid(headers[`${PREFIX}ID`]);
  const [topic, partition, offset] = [text('TOPIC'), text('PARTITION', DECIMAL), text('OFFSET', DECIMAL)];
  if (id === undefined || topic === undefined || partition === undefined || offset === undefined) return undefined;
  const timestamp = Date.parse(text('TIMESTAMP') ?? '');
  return {
    id,
    reason: text('REASON') ?? '',
    message: text('MESSAGE') ?? '',
    topic,
    partition: Number(partition),
    offset: BigInt(offset),
    timestamp: Number.isNaN(timestamp) ? record.timestamp : timestamp,
    group: text('GROUP') ?? '',
    attempts: text('ATTEMPTS') ?? '',
    replayOf: readUuid(headers[`${PREFIX}REPLAY_OF`]),
    record,
  };
}

/** Returns whether a filter selects a dead letter. */
export function matches({ id, reason, topic, record }: DeadLetter, filter: DeadLetterFilter): boolean {
  if (filter.ids !== undefined && !filter.ids.has(id)) return false;
  if (filter.reason !== undefined && filter.reason !== reason) return false;
  if (filter.topic !== undefined && filter.topic !== topic) return false;
  return filter.since === undefined || record.timestamp >= filter.since;
}

/** Returns the headers of the replayed record: those of the original record in their order, and the id of the dead letter. */
export function replayHeaders({ id, record }: DeadLetter): RecordHeaders {
  const own = Object.entries(record.headers).filter(([name]) => !name.startsWith(PREFIX));
  return { ...Object.fromEntries(own), DEAD_LETTER_REPLAY_OF: id };
}

/** Orders by topic, partition and offset. */
export function byPosition(a: DeadLetter, b: DeadLetter): number {
  return compare(a.topic, b.topic) || a.partition - b.partition || compare(a.offset, b.offset);
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
