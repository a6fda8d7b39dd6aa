/** Records of a run, made comparable. */
import { isDeepStrictEqual } from 'node:util';
import type { RecordHeaders } from '../../generated/contract/record.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { Seen } from '../support/rig.ts';
import type { Told } from './model.ts';

/** Neighbours with the same trace together. */
export function runsOf(records: readonly Seen[]): [Seen, ...Seen[]][] {
  const runs: [Seen, ...Seen[]][] = [];
  for (const record of records) {
    const run = runs.at(-1);
    if (run !== undefined && traceOf(run[0]) === traceOf(record)) run.push(record);
    else runs.push([record]);
  }
  return runs;
}

/** Whether that was told, byte for byte, but for what is stamped on it when it is sent. @returns what is not so. */
export function difference(told: readonly Told[], events: readonly Seen[], facts: Facts): string | undefined {
  const expected = told.map(({ channel, record }) => ({ channel, ...bytesOf(record, facts) }));
  const isStamp = (name: string) => name === 'MESSAGE_ID' || name === 'SEQUENCE';
  const actual = events.map((record) => ({ channel: record.channel, ...bytesOf(record, facts, isStamp) }));
  if (isDeepStrictEqual(expected, actual)) return undefined;
  return `should tell ${JSON.stringify(expected)} and tells ${JSON.stringify(actual)}`;
}

/** Whether both are the same, byte for byte, without some of the second one's headers. */
export function isSameRecord(one: TopicRecord, other: TopicRecord, without: (name: string) => boolean): boolean {
  return isDeepStrictEqual(bytesOf(one), bytesOf(other, undefined, without));
}

const WHERE = /"x":-?\d+,"y":-?\d+,"stance":\d+,"fh":(-?\d+)/;
const SOMEWHERE = '"x, y, stance and fh"';
/** Footholds of a spawn where its owner stands: none is known, or what the stand-in for the data service says. */
const FOOTHOLDS = ['1', '42'];

/**
 * Neither of movements nor of sessions an order towards commands is promised. So where the character service says where
 * an owner stands, all but the foothold of a spawned pet is sure; where it does not, nothing is.
 */
function withoutChance(value: string, facts: Facts): string {
  return value.replace(WHERE, (where, fh: string) => {
    const point = facts.ask('characterPoint', Number(/"ownerId":(\d+)/.exec(value)?.[1]));
    if (point.kind === 'needs' || point.answer === undefined) return SOMEWHERE;
    return FOOTHOLDS.includes(fh) ? where.replace(/\d+$/, 'fh') : where;
  });
}

/** Key, value and headers as text that shows every byte, without some of the headers. */
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
