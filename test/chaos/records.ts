/** Records of a run, made comparable. */
import { isDeepStrictEqual } from 'node:util';
import type { RecordHeaders } from '../../generated/contract/record.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { Seen } from '../support/rig.ts';
import type { ExpectedRecord } from './model.ts';

/** Groups neighbours that have the same trace. */
export function runsOf(records: readonly Seen[]): [Seen, ...Seen[]][] {
  const runs: [Seen, ...Seen[]][] = [];
  for (const record of records) {
    const run = runs.at(-1);
    if (run !== undefined && traceOf(run[0]) === traceOf(record)) run.push(record);
    else runs.push([record]);
  }
  return runs;
}

/** Compares records byte for byte, except what is stamped on them when they are sent. @returns the difference, if there is one. */
export function difference(
  expectedRecords: readonly ExpectedRecord[],
  events: readonly Seen[],
  facts: Facts,
): string | undefined {
  const expected = expectedRecords.map(({ channel, record }) => ({ channel, ...bytesOf(record, facts) }));
  const isStamp = (name: string) => name === 'MESSAGE_ID' || name === 'SEQUENCE';
  const actual = events.map((record) => ({ channel: record.channel, ...bytesOf(record, facts, isStamp) }));
  if (isDeepStrictEqual(expected, actual)) return undefined;
  return `should produce ${JSON.stringify(expected)} and produces ${JSON.stringify(actual)}`;
}

/** Returns whether both are equal byte for byte, except some of the second one's headers. */
export function isSameRecord(one: TopicRecord, other: TopicRecord, without: (name: string) => boolean): boolean {
  return isDeepStrictEqual(bytesOf(one), bytesOf(other, undefined, without));
}

const POSITION = /"x":-?\d+,"y":-?\d+,"stance":\d+,"fh":(-?\d+)/;
const ANY_POSITION = '"x, y, stance and fh"';
/** Footholds of a pet that is spawned at its owner's position: unknown, or the one that the stub of the data service returns. */
const FOOTHOLDS = ['1', '42'];

/**
 * Replaces what depends on chance. No order of movements and sessions towards commands is promised. If the character
 * service returns an owner's position, only the foothold of a spawned pet depends on chance; if not, all of its position.
 */
function withoutChance(value: string, facts: Facts): string {
  return value.replace(POSITION, (position, fh: string) => {
    const point = facts.ask('characterPoint', Number(/"ownerId":(\d+)/.exec(value)?.[1]));
    if (point.kind === 'needs' || point.answer === undefined) return ANY_POSITION;
    return FOOTHOLDS.includes(fh) ? position.replace(/\d+$/, 'fh') : position;
  });
}

/** Returns key, value and headers as text that shows every byte, without some of the headers. */
function bytesOf(
  { key, value, headers }: { key: Buffer | null; value: Buffer | null; headers: RecordHeaders },
  facts?: Facts,
  without: (name: string) => boolean = () => false,
) {
  const others = Object.entries(headers).filter(([name]) => !without(name));
  const text = value?.toString('latin1');
  return {
    key: key?.toString('hex'),
    value: text !== undefined && facts !== undefined ? withoutChance(text, facts) : text,
    headers: Object.fromEntries(others.map(([name, bytes]) => [name, Buffer.from(bytes as Buffer).toString('latin1')])),
  };
}

export function laneOf({ topic, partition }: TopicRecord): string {
  return `${topic}/${String(partition)}`;
}

export function placeOf(record: TopicRecord): string {
  return `${laneOf(record)}/${String(record.offset)}`;
}

export function traceOf({ headers }: Pick<TopicRecord, 'headers'>): string {
  return String(headers['traceparent']);
}
