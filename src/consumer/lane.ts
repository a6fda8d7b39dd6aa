import { InvariantError, mustExist } from '../invariant.ts';
import type { Damage, Fetched } from '../transport/broker.ts';
import { QueuedRecord } from './queued-record.ts';
import type { LastRecord, StartPosition } from './start.ts';

/** What a fetch shows of the log that has to be examined before reading goes on. */
export type Anomaly =
  /** The last applied record is not what it was: the topic was created again. */
  | { readonly kind: 'other log'; readonly last: LastRecord; readonly found: number }
  /** Offsets that were read before: the client has lost its position. */
  | { readonly kind: 'below' }
  /** Offsets are missing from `from` on: a gap of the log, or records that were deleted before they were read. */
  | { readonly kind: 'gap'; readonly from: bigint; readonly first: bigint }
  /** What comes next cannot be read. The records before it are queued. */
  | { readonly kind: 'damage'; readonly damage: Damage };

/** A partition is paused above the first and resumed below the second: records and bytes that are queued. */
const HIGH_WATER = { records: 4_000, bytes: 8_388_608 } as const;
const LOW_WATER = { records: 2_000, bytes: 4_194_304 } as const;

/** The in-process queue of one topic-partition: bounded, first in first out. */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  #expected: bigint;
  #lastApplied: LastRecord | undefined;
  /** The first offset that was not read. Between the last queued record and it there are only markers of transactions. */
  #tail: bigint;
  /** Where reading goes on: before the tail while what is between the last applied record and the tail is read again. */
  #readFrom: bigint;
  /** The last applied record, until it was seen. */
  #unseenLast: LastRecord | undefined;
  #queue: QueuedRecord[] = [];
  #bytes = 0;
  #isFull = false;
  #isHeld = false;
  /** The anomaly of the last fetch that waits for a second fetch to show the same, as a text to compare. */
  #unconfirmed: string | undefined;
  /** How many of the first records were returned by {@link nextToPrefetch}. */
  #prefetched = 0;

  constructor({ topic, partition, next, lastApplied, last }: StartPosition) {
    this.topic = topic;
    this.partition = partition;
    this.#expected = next;
    this.#lastApplied = lastApplied;
    this.#tail = next;
    this.#readFrom = last?.offset ?? next;
    this.#unseenLast = last;
  }

  /** The next offset in its `consumer_offset` row when that was read or last written here; never a record's offset. */
  get expected(): bigint {
    return this.#expected;
  }

  /** The last applied record, as its row named it then; undefined if it named none. */
  get lastApplied(): LastRecord | undefined {
    return this.#lastApplied;
  }

  /** The offset that it has to be read from. */
  get readFrom(): bigint {
    return this.#readFrom;
  }

  /** How many records are queued. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Queues what a fetch brought, or returns what is wrong with it. Only the records before a damaged batch are queued
   * then.
   *
   * @param overGap whether to queue it although offsets before it are missing: logs have gaps.
   */
  push({ first, next, records, damage }: Fetched, overGap = false): Anomaly | undefined {
    const last = this.#unseenLast;
    const [head] = records;
    const hasLast = head !== undefined && head.offset === last?.offset;
    if (hasLast && head.timestamp !== last.timestamp) return { kind: 'other log', last, found: head.timestamp };
    // The last applied record is compared, and not queued.
    const unread = hasLast ? records.slice(1) : records;
    const firstUnread = unread[0]?.offset;
    if (first < this.#readFrom || (firstUnread !== undefined && firstUnread < this.#tail)) return { kind: 'below' };
    if (first > this.#tail && !overGap) return { kind: 'gap', from: this.#tail, first };
    this.#unseenLast = undefined;
    for (const record of unread) {
      const queued = new QueuedRecord(record);
      this.#queue.push(queued);
      this.#bytes += queued.bytes;
    }
    if (next > this.#readFrom) this.#readFrom = next;
    if (next > this.#tail) this.#tail = next;
    return damage && { kind: 'damage', damage };
  }

  /**
   * Whether the fetch before this one showed the same. A fetch may show what is not so: a broker that has just become the
   * leader, bytes that were damaged on their way.
   */
  isConfirmed(anomaly: Anomaly): boolean {
    const text = textOf(anomaly);
    const isSame = text === this.#unconfirmed;
    this.#unconfirmed = text;
    return isSame;
  }

  /** Whether nothing is read and queued until an anomaly is examined. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  hold(): void {
    if (this.#isHeld) throw new InvariantError('a lane is held twice');
    this.#isHeld = true;
  }

  release(): void {
    if (!this.#isHeld) throw new InvariantError('a lane is released that is not held');
    this.#isHeld = false;
  }

  /** Returns the next records, at most `count` and of `bytes`, one at least. They stay until they are {@link applied}. */
  peek(count: number, bytes = Infinity): readonly QueuedRecord[] {
    let left = bytes;
    let end = 0;
    for (const { bytes: size, isWaitingForFacts } of this.#queue) {
      left -= size;
      if (end === count || (left < 0 && end > 0) || isWaitingForFacts) break;
      end += 1;
    }
    return this.#queue.slice(0, end);
  }

  /**
   * The first offset that is not applied once the first `count` records are.
   *
   * @throws {InvariantError} if fewer records are queued.
   */
  nextAfter(count: number): bigint {
    if (count === this.#queue.length) return this.#tail;
    return mustExist(this.#queue[count], `record ${String(count)} of the queue`).record.offset;
  }

  /**
   * Forgets the first `count` records, which are applied.
   *
   * @param next what its row holds now.
   */
  applied(count: number, next: bigint, lastApplied: LastRecord): void {
    if (count > this.#queue.length) throw new InvariantError('more records are applied than were queued');
    for (const queued of this.#queue.splice(0, count)) {
      queued.apply();
      this.#bytes -= queued.bytes;
    }
    this.#prefetched = Math.max(0, this.#prefetched - count);
    this.#expected = next;
    this.#lastApplied = lastApplied;
  }

  /** Whether its row is behind what was read although nothing is queued: only markers of transactions came. */
  get isBehindMarkers(): boolean {
    return this.#queue.length === 0 && this.#tail > this.#expected;
  }

  /** Notes that its row was moved over markers of transactions, to `next`. */
  movedOverMarkers(next: bigint): void {
    this.#expected = next;
  }

  /** The first queued record. */
  get head(): QueuedRecord | undefined {
    return this.#queue[0];
  }

  /** The first `count` queued records, also those that wait for facts. */
  first(count: number): readonly QueuedRecord[] {
    return this.#queue.slice(0, count);
  }

  /** Returns the next of the first `count` records whose facts may be prefetched: each of them once. */
  nextToPrefetch(count: number): QueuedRecord | undefined {
    if (this.#prefetched >= count) return undefined;
    const queued = this.#queue[this.#prefetched];
    if (queued !== undefined) this.#prefetched += 1;
    return queued;
  }

  /** Makes {@link nextToPrefetch} start with the first record again. */
  resetPrefetch(): void {
    this.#prefetched = 0;
  }

  /** Whether its partition is paused because too much is queued. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Returns whether the partition has to be paused or resumed now; undefined if neither. */
  watermarkCrossed(): 'pause' | 'resume' | undefined {
    if (this.#isHeld) return undefined;
    const isAbove = (mark: typeof HIGH_WATER | typeof LOW_WATER) =>
      this.#queue.length > mark.records || this.#bytes > mark.bytes;
    if (!this.#isFull && isAbove(HIGH_WATER)) {
      this.#isFull = true;
      return 'pause';
    }
    if (this.#isFull && !isAbove(LOW_WATER)) {
      this.#isFull = false;
      return 'resume';
    }
    return undefined;
  }
}

/** Returns the same text for two anomalies that confirm each other; what is certain at once needs no second one. */
function textOf(anomaly: Anomaly): string | undefined {
  if (anomaly.kind === 'gap') return `gap ${String(anomaly.from)} ${String(anomaly.first)}`;
  if (anomaly.kind === 'damage') return `damage ${String(anomaly.damage.offset)} ${anomaly.damage.reason}`;
  return undefined;
}
