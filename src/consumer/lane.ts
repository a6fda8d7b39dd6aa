import type { Damage, Fetched } from '../transport/broker.ts';
import { QueuedRecord } from './queued-record.ts';
import type { LastRecord, StartPosition } from './start.ts';

/** What a fetch tells of the log that has to be looked at before reading goes on. */
export type Finding =
  /** The last applied record is not what it was: the topic was created again. */
  | { readonly kind: 'other log'; readonly last: LastRecord; readonly found: number }
  /** Offsets that were read before: whoever reads has lost its place. */
  | { readonly kind: 'below' }
  /** Offsets are missing from `from` on: a gap of the log, or records that were deleted before they were read. */
  | { readonly kind: 'gap'; readonly from: bigint; readonly first: bigint }
  /** What comes next cannot be read. What was before it is taken. */
  | { readonly kind: 'damage'; readonly damage: Damage };

/** When a lane's partition is paused and resumed, in records and bytes waiting. */
const HIGH_WATER = { records: 4_000, bytes: 8_388_608 } as const;
const LOW_WATER = { records: 2_000, bytes: 4_194_304 } as const;

/** The in-process queue of one topic-partition: bounded, first in first out. */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  /** What its `consumer_offset` row held when it was read or last written here; never a record's offset. */
  expected: bigint;
  /** The last applied record, as its row named it then; undefined if it named none. */
  lastApplied: LastRecord | undefined;
  /** The first offset that was not read. Between the last record that waits and it are none: markers of transactions. */
  #tail: bigint;
  /** Where reading goes on: before the tail while what is between the last applied record and the tail is read again. */
  #position: bigint;
  /** The last applied record, until it was seen. */
  #last: LastRecord | undefined;
  #entries: QueuedRecord[] = [];
  #bytes = 0;
  #full = false;
  /** Whether nothing is taken of it until what a fetch found is looked at. */
  isHeld = false;
  /** What the last fetch found, if reading must not go on before a second fetch finds the same. */
  #suspicion: string | undefined;
  /** How many of the first entries were looked at for what to prefetch. */
  #prefetched = 0;

  constructor({ topic, partition, next, lastApplied, last }: StartPosition) {
    this.topic = topic;
    this.partition = partition;
    this.expected = next;
    this.lastApplied = lastApplied;
    this.#tail = next;
    this.#position = last?.offset ?? next;
    this.#last = last;
  }

  /** Where it has to be read from. */
  get from(): bigint {
    return this.#position;
  }

  get waiting(): number {
    return this.#entries.length;
  }

  /**
   * Adds what a fetch brought, or returns what is strange about it. Of that only the records before a damaged batch are
   * added.
   *
   * @param overGap add it although offsets before it are missing: logs have gaps.
   */
  push({ first, next, records, damage }: Fetched, overGap = false): Finding | undefined {
    const last = this.#last;
    const [head] = records;
    const hasLast = head !== undefined && head.offset === last?.offset;
    if (hasLast && head.timestamp !== last.timestamp) return { kind: 'other log', last, found: head.timestamp };
    // The one that was applied last is looked at, and not taken.
    const news = hasLast ? records.slice(1) : records;
    if (first < this.#position || (news[0]?.offset ?? this.#tail) < this.#tail) return { kind: 'below' };
    if (first > this.#tail && !overGap) return { kind: 'gap', from: this.#tail, first };
    this.#last = undefined;
    for (const record of news) {
      const entry = new QueuedRecord(record);
      this.#entries.push(entry);
      this.#bytes += entry.bytes;
    }
    if (next > this.#position) this.#position = next;
    if (next > this.#tail) this.#tail = next;
    return damage && { kind: 'damage', damage };
  }

  /**
   * Whether the fetch before this one found the same. A fetch may show what is not so: a broker that has just become the
   * leader, bytes that were damaged on their way.
   */
  isConfirmed(finding: Finding): boolean {
    const suspicion = suspicionOf(finding);
    const isSame = suspicion === this.#suspicion;
    this.#suspicion = suspicion;
    return isSame;
  }

  /** The next records, at most so many and of so many bytes, one at least; they stay until they are {@link drop dropped}. */
  peek(count: number, bytes = Infinity): readonly QueuedRecord[] {
    let left = bytes;
    let end = 0;
    for (const { bytes: size, isWaitingForFacts } of this.#entries) {
      left -= size;
      if (end === count || (left < 0 && end > 0) || isWaitingForFacts) break;
      end += 1;
    }
    return this.#entries.slice(0, end);
  }

  /** The first offset that is not applied once the first `count` records are. */
  nextAfter(count: number): bigint {
    return this.#entries[count]?.record.offset ?? this.#tail;
  }

  /** Whether its row stays behind what was read although nothing waits: only markers of transactions came. */
  get hasPassed(): boolean {
    return this.#entries.length === 0 && this.#tail > this.expected;
  }

  /** Forgets the first `count` records: they are applied. */
  drop(count: number): void {
    for (const entry of this.#entries.splice(0, count)) {
      entry.apply();
      this.#bytes -= entry.bytes;
    }
    this.#prefetched = Math.max(0, this.#prefetched - count);
  }

  /** The first record that waits. */
  get head(): QueuedRecord | undefined {
    return this.#entries[0];
  }

  /** The next `count` records, whether facts for them are on their way or not. */
  next(count: number): readonly QueuedRecord[] {
    return this.#entries.slice(0, count);
  }

  /** Returns the first of the next `count` records that was not looked at for what to prefetch: each of them once. */
  nextToPrefetch(count: number): QueuedRecord | undefined {
    if (this.#prefetched >= count) return undefined;
    const entry = this.#entries[this.#prefetched];
    if (entry !== undefined) this.#prefetched += 1;
    return entry;
  }

  /** Makes {@link nextToPrefetch} start with the first record again. */
  resetPrefetch(): void {
    this.#prefetched = 0;
  }

  /** Whether its partition is paused because too much waits. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Whether the partition has to be paused or resumed now; undefined where it is as it should be. */
  watermarkCrossed(): 'pause' | 'resume' | undefined {
    if (this.isHeld) return undefined;
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

/** The same of two fetches that find the same; what is found at once needs no second one. */
function suspicionOf(finding: Finding): string | undefined {
  if (finding.kind === 'gap') return `gap ${String(finding.from)} ${String(finding.first)}`;
  if (finding.kind === 'damage') return `damage ${String(finding.damage.offset)} ${finding.damage.reason}`;
  return undefined;
}

/** One lane's share of a batch. */
export interface BatchShare {
  readonly lane: Lane;
  readonly entries: readonly QueuedRecord[];
}

/** What one unit of work may hold: its statements carry dead letters whole. */
const MAX_BATCH_BYTES = 8_388_608;

/** An equal share of each lane that has something to apply, in each lane's order; at most `most` records. */
export function share(lanes: readonly Lane[], most: number): BatchShare[] {
  const parts: BatchShare[] = [];
  let left = most;
  // The shortest first: what a short lane does not use, the others share.
  const waiting = lanes
    .filter(({ head }) => head !== undefined && !head.isWaitingForFacts)
    .sort((a, b) => a.waiting - b.waiting);
  waiting.forEach((lane, index) => {
    const entries = lane.peek(Math.ceil(left / (waiting.length - index)), MAX_BATCH_BYTES / waiting.length);
    left -= entries.length;
    parts.push({ lane, entries });
  });
  return parts.filter((part) => part.entries.length > 0);
}
