import type { ConsumedRecord, ProducedRecord } from '../../generated/contract/record.ts';

/** The port to the broker: all that the service asks of Kafka. It knows nothing of pets. */
export interface Broker {
  /** Topics of `names` that do not exist. Rejects while no broker answers. */
  missingTopics(names: readonly string[]): Promise<string[]>;
  /** Topics of `names` of which the broker does not tell this user whether they exist. */
  hiddenTopics(names: readonly string[]): Promise<string[]>;
  /** First offset that is still there and the one that the next record gets, per partition. */
  bounds(topic: string): Promise<Map<number, { readonly low: bigint; readonly high: bigint }>>;
  /** What the group has committed to Kafka; a partition without a commit is not in the answer. */
  committed(groupId: string, topic: string): Promise<Map<number, bigint>>;
  subscribe(subscription: Subscription): Promise<Consumer>;
  /**
   * Sends the records, in order; resolves when the broker has acked them all, rejects with a {@link PublishError}, also
   * where that takes longer than `milliseconds`. A topic that fails does not hold the others.
   */
  publish(topic: string, records: readonly ProducedRecord[], milliseconds: number): Promise<void>;
  /** For how many milliseconds from now on the broker wants nothing more of a topic; 0 if it does not throttle. */
  throttledMs(topic: string): number;
  close(): Promise<void>;
}

/** A record on a consumed topic. */
export interface BrokerRecord extends ConsumedRecord {
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** What a fetch brought of one partition: everything that its log has from `first` on and before `next`. */
export interface Fetched {
  /** The first offset that was read. It is above the one that was asked for if the log has nothing in between. */
  readonly first: bigint;
  /** The first offset that was not read. Between the last record and it there may be markers of transactions. */
  readonly next: bigint;
  readonly records: readonly BrokerRecord[];
  /** Set if the log cannot be read on at `next`. */
  readonly damage?: Damage;
}

/** A batch of records that cannot be read: damage of the log, which no reading again repairs. */
export interface Damage {
  /** Its first offset. */
  readonly offset: bigint;
  /** The first offset behind it, as far as it tells. */
  readonly next: bigint;
  readonly reason: string;
}

export interface Assignment {
  readonly topic: string;
  readonly partition: number;
}

export interface Subscription {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where a partition starts that nobody says a place for, and the group has none in Kafka. */
  readonly from: 'earliest' | 'latest';
  /**
   * A new assignment: all its partitions are paused until the listener has said where they start and resumes them.
   * Called for every join, also one that assigns the same partitions again. Never rejects.
   */
  assigned(partitions: readonly Assignment[]): Promise<void>;
  /** The group is about to change. What runs may finish: the offset rows keep it apart from what others do. */
  rebalancing(): void;
  /** What comes next in a partition. Must return at once: the fetch of every other partition waits for it. */
  fetched(topic: string, partition: number, fetched: Fetched): void;
  /**
   * A topic does not exist. Awaited before it is read again: what is known of its log may not hold for the next one of
   * its name.
   */
  vanished?(topic: string): Promise<void>;
  /** A broker wants nothing more of this consumer for so many milliseconds: its quota is used up. */
  throttled?(milliseconds: number): void;
  /** The consumer left the group (`reason`) or is in it (undefined). */
  health(reason: string | undefined, cause?: unknown): void;
}

export interface Consumer {
  pause(partition: Assignment): void;
  resume(partition: Assignment): void;
  seek(partition: Assignment, offset: bigint): void;
  commit(offsets: readonly (Assignment & { readonly next: bigint })[]): Promise<void>;
  /** Leaves the group. */
  stop(): Promise<void>;
}

export interface PublishFailure {
  /** Whether the broker will never take a record of the send for what it is. */
  readonly isRefused?: boolean;
  /** The send, if nobody knows yet what becomes of it: it must not be repeated before that has settled. */
  readonly underWay?: Promise<void>;
  readonly cause?: unknown;
}

/** Why a publish failed. */
export class PublishError extends Error {
  readonly isRefused: boolean;
  readonly underWay: Promise<void> | undefined;

  constructor(message: string, { isRefused = false, underWay, cause }: PublishFailure = {}) {
    super(message, { cause });
    this.name = 'PublishError';
    this.isRefused = isRefused;
    this.underWay = underWay;
  }
}
