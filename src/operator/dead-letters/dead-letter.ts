import type { RecordHeaders } from '../../../generated/contract/record.ts';
import { readText, readUuid } from '../../../generated/contract/runtime.ts';
import type { TextForm } from '../../../generated/contract/runtime.ts';
import type { TopicRecord } from '../../transport/broker-admin.ts';

/** A record of the dead-letter topic, and what its DEAD_LETTER_* headers say. */
export interface Letter {
  readonly id: string;
  readonly reason: string;
  /** What was wrong, for people. */
  readonly message: string;
  /** Where the record was. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The record's own time, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly group: string;
  readonly attempts: string;
  /** The DEAD_LETTER_ID of an earlier letter that was sent back and became this one. */
  readonly replayOf: string | undefined;
  /** With the record's own key, value and headers; its timestamp is when the record was set aside. */
  readonly record: TopicRecord;
}

/** Which letters are meant; what is undefined does not matter. */
export interface Wanted {
  readonly ids?: ReadonlySet<string> | undefined;
  readonly reason?: string | undefined;
  readonly topic?: string | undefined;
  /** Set aside then or later, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

const PREFIX = 'DEAD_LETTER_';
const DECIMAL = { pattern: /^\d+$/ };

/** Undefined where it does not say what it is and where it was: somebody else has sent it. */
export function letterOf(record: TopicRecord): Letter | undefined {
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

export function isWanted({ id, reason, topic, record }: Letter, wanted: Wanted): boolean {
  if (wanted.ids !== undefined && !wanted.ids.has(id)) return false;
  if (wanted.reason !== undefined && wanted.reason !== reason) return false;
  if (wanted.topic !== undefined && wanted.topic !== topic) return false;
  return wanted.since === undefined || record.timestamp >= wanted.since;
}

/** The headers that the record goes back with: its own in their order, and of which letter it is the replay. */
export function headersBack({ id, record }: Letter): RecordHeaders {
  const own = Object.entries(record.headers).filter(([name]) => !name.startsWith(PREFIX));
  return { ...Object.fromEntries(own), DEAD_LETTER_REPLAY_OF: id };
}

/** `topic/partition@offset`. */
export function placeOf(topic: string, partition: number, offset: bigint | string): string {
  return `${topic}/${String(partition)}@${String(offset)}`;
}

/** By topic and partition, and there as the records lay. */
export function byPlace(a: Letter, b: Letter): number {
  return compare(a.topic, b.topic) || a.partition - b.partition || compare(a.offset, b.offset);
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
