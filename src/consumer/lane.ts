import type { BrokerRecord } from '../transport/broker.ts';
import type { Decoded } from '../handlers/task.ts';
import type { Knowledge, Need } from '../reference/facts.ts';
import type { LastRecord, Place } from './start.ts';

/** A record that waits for its unit of work. */
export interface Entry {
  readonly record: BrokerRecord;
  /** Set when its turn comes, once. */
  decoded: Decoded | undefined;
  /** How often its handler has thrown, or its rows were refused. */
  attempts: number;
  /** What went wrong the last time. */
  failure: string | undefined;
  /** Whether its dead letter is its effect from now on. */
  setAside: boolean;
  /** What is known for it of what others know; set when it is decoded. */
  facts: Knowledge | undefined;
  /** What its rule will ask, as far as can be told before its turn. */
  foreseen: readonly Need[];
  /** What its rule has to know before it can decide: it said so when it was its turn. */
  lacks: readonly Need[] | undefined;
  /** Whether what is foreseen could not be fetched. */
  wasAskedInVain: boolean;
  /** Whether facts for it are on their way: till they are there, its lane ends before it. */
  isFetching: boolean;
}

/** What records tell of their log that has to be looked at before they are taken. */
export type Finding =
  /** The last applied record is not what it was: the topic was created again. */
  | { readonly kind: 'other log'; readonly last: LastRecord; readonly found: number }
  /** A record that was read before: whoever reads has lost its place. */
  | { readonly kind: 'below' }
  /** Offsets are missing from here on: a gap of the log, or records that were deleted before they were read. */
  | { readonly kind: 'gap'; readonly from: bigint };

/** When a lane's partition is paused and resumed, in records and bytes waiting. */
const HIGH_WATER = { records: 4_000, bytes: 8_388_608 } as const;
const LOW_WATER = { records: 2_000, bytes: 4_194_304 } as const;

/** The in-process queue of one topic-partition: bounded, first in first out. */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  /** What its `consumer_offset` row held when it was read or last written here; never a record's offset. */
  expected: bigint;
  /** The least offset that the next record can have. */
  #tail: bigint;
  /** The record before the first one, until it was seen. */
  #last: LastRecord | undefined;
  #entries: Entry[] = [];
  #bytes = 0;
  #full = false;
  /** How many of the first entries were looked at ahead of their turn. */
  #seenAhead = 0;

  constructor({ topic, partition, next, last }: Place) {
    this.topic = topic;
    this.partition = partition;
    this.expected = next;
    this.#tail = next;
    this.#last = last;
  }

  /** Where it has to be read from. */
  get from(): bigint {
    return this.#last?.offset ?? this.#tail;
  }

  get waiting(): number {
    return this.#entries.length;
  }

  /**
   * Adds records, or says what is strange about them and adds none.
   *
   * @param overGap add them although offsets before them are missing: logs have gaps.
   */
  push(records: readonly BrokerRecord[], overGap = false): Finding | undefined {
    const [first] = records;
    const last = this.#last;
    if (first !== undefined && first.offset === last?.offset) {
      if (first.timestamp !== last.timestamp) return { kind: 'other log', last, found: first.timestamp };
      this.#last = undefined;
      return this.push(records.slice(1), overGap);
    }
    if (first === undefined) return undefined;
    if (first.offset < this.#tail) return { kind: 'below' };
    if (first.offset > this.#tail && !overGap) return { kind: 'gap', from: this.#tail };
    this.#last = undefined;
    for (const record of records) {
      this.#entries.push(entryOf(record));
      this.#bytes += sizeOf(record);
      this.#tail = record.offset + 1n;
    }
    return undefined;
  }

  /** The next records, at most so many and of so many bytes, one at least; they stay until they are {@link drop dropped}. */
  peek(count: number, bytes = Infinity): readonly Entry[] {
    let left = bytes;
    let end = 0;
    for (const { record, isFetching } of this.#entries) {
      left -= sizeOf(record);
      if (end === count || (left < 0 && end > 0) || isFetching) break;
      end += 1;
    }
    return this.#entries.slice(0, end);
  }

  /** Forgets the first `count` records: they are applied. */
  drop(count: number): void {
    for (const { record } of this.#entries.splice(0, count)) this.#bytes -= sizeOf(record);
    this.#seenAhead = Math.max(0, this.#seenAhead - count);
  }

  /** The first record that waits. */
  get head(): Entry | undefined {
    return this.#entries[0];
  }

  /** The next `count` records, whether facts for them are on their way or not. */
  next(count: number): readonly Entry[] {
    return this.#entries.slice(0, count);
  }

  /** The first of the next `count` records that was not looked at ahead of its turn yet: each is there once. */
  ahead(count: number): Entry | undefined {
    if (this.#seenAhead >= count) return undefined;
    const entry = this.#entries[this.#seenAhead];
    if (entry !== undefined) this.#seenAhead += 1;
    return entry;
  }

  /** They are to be looked at ahead of their turn once more. */
  lookAgain(): void {
    this.#seenAhead = 0;
  }

  /** Whether the partition has to be paused or resumed now; undefined where it is as it should be. */
  turnOfTide(): 'pause' | 'resume' | undefined {
    const over = (mark: typeof HIGH_WATER | typeof LOW_WATER) =>
      this.#entries.length > mark.records || this.#bytes > mark.bytes;
    if (!this.#full && over(HIGH_WATER)) {
      this.#full = true;
      return 'pause';
    }
    if (this.#full && !over(LOW_WATER)) {
      this.#full = false;
      return 'resume';
    }
    return undefined;
  }
}

function entryOf(record: BrokerRecord): Entry {
  return {
    record,
    decoded: undefined,
    attempts: 0,
    failure: undefined,
    setAside: false,
    facts: undefined,
    foreseen: [],
    lacks: undefined,
    wasAskedInVain: false,
    isFetching: false,
  };
}

/** A record costs memory beyond its value: the count bounds small ones, the bytes large ones. */
function sizeOf({ key, value }: BrokerRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}

/** One lane's share of a batch. */
export interface Part {
  readonly lane: Lane;
  readonly entries: readonly Entry[];
}

/** What one unit of work may hold: its statements carry the values of dead letters whole. */
const MOST_BYTES = 8_388_608;

/** An equal share of each lane that has something to apply, in each lane's order; at most `most` records. */
export function share(lanes: readonly Lane[], most: number): Part[] {
  const parts: Part[] = [];
  let left = most;
  // The shortest first: what a short lane does not use, the others share.
  const waiting = lanes
    .filter(({ head }) => head !== undefined && !head.isFetching)
    .sort((a, b) => a.waiting - b.waiting);
  waiting.forEach((lane, index) => {
    const entries = lane.peek(Math.ceil(left / (waiting.length - index)), MOST_BYTES / waiting.length);
    left -= entries.length;
    parts.push({ lane, entries });
  });
  return parts.filter((part) => part.entries.length > 0);
}
