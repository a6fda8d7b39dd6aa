import type { ConsumedRecord, ProducedRecord } from '../../generated/contract/record.js';

/** The port to the broker: everything that the service needs of Kafka, and nothing about pets. */
export interface Broker {
  /** Returns the topics of `names` that do not exist. Rejects while no broker answers. */
  missingTopics(names: readonly string[]): Promise<string[]>;
  /** Returns the topics of `names` that this user has no right to see, whether they exist or not. */
  hiddenTopics(names: readonly string[]): Promise<string[]>;
  /** Returns the first offset of each partition, and the offset that its next record will get. */
  bounds(topic: string): Promise<Map<number, { readonly low: bigint; readonly high: bigint }>>;
  /** Returns the offsets that the group has committed to Kafka, of the partitions that have one. */
  committed(groupId: string, topic: string): Promise<Map<number, bigint>>;
  subscribe(subscription: Subscription): Promise<GroupMembership>;
  /**
   * Sends the records, in order. Resolves when the broker has acked them all; rejects with a {@link PublishError}, also if that
   * takes longer than `milliseconds`. A topic that fails does not stop the others.
   */
  publish(topic: string, records: readonly ProducedRecord[], milliseconds: number): Promise<void>;
  /** Returns for how many milliseconds from now on the broker throttles sends to a topic; 0 if it does not. */
  throttledMs(topic: string): number;
  close(): Promise<void>;
}

/** A record on a consumed topic. */
export interface BrokerRecord extends ConsumedRecord {
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** The records of one partition that a fetch returned: all that its log has from `first` on and before `next`. */
export interface Fetched {
  /** The first offset that was read. It is higher than the requested one if the log has nothing in between. */
  readonly first: bigint;
  /** The first offset that was not read. Markers of transactions may lie between the last record and it. */
  readonly next: bigint;
  readonly records: readonly BrokerRecord[];
  /** Set if the batch at `next` cannot be read. */
  readonly damage?: Damage;
}

/** A batch of records that cannot be read: the log is damaged, and reading it again does not help. */
export interface Damage {
  /** Its first offset. */
  readonly offset: bigint;
  /** The first offset after it, if its header is right. */
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
  /** The start of a partition if the listener sets no offset, and the group has none in Kafka. */
  readonly from: 'earliest' | 'latest';
  /**
   * Takes a new assignment. All its partitions are paused until the listener has sought their start offsets and resumes them.
   * Called for every join, even if it assigns the same partitions again. Never rejects.
   */
  assigned(partitions: readonly Assignment[]): Promise<void>;
  /** The group is about to change. A running batch may finish: the offset rows fence it from other instances. */
  rebalancing(): void;
  /** Takes the next records of a partition. Must return at once: the fetch of every other partition waits for it. */
  fetched(topic: string, partition: number, fetched: Fetched): void;
  /**
   * A topic does not exist. Awaited before it is read again: a new topic of the same name has another log.
   */
  vanished?(topic: string): Promise<void>;
  /** A broker throttles this consumer for so many milliseconds: its quota is used up. */
  throttled?(milliseconds: number): void;
  /** The consumer left the group (`reason`) or is in it (undefined). */
  health(reason: string | undefined, cause?: unknown): void;
}

/** The membership of a consumer group. */
export interface GroupMembership {
  pause(partition: Assignment): void;
  resume(partition: Assignment): void;
  seek(partition: Assignment, offset: bigint): void;
  commit(offsets: readonly (Assignment & { readonly next: bigint })[]): Promise<void>;
  /** Leaves the group. */
  stop(): Promise<void>;
}

export interface PublishFailure {
  /** Whether the broker will never take a record of the send: it is too large, for example. */
  readonly isRefused?: boolean;
  /** The send, if its result is not known yet: it must not be repeated before that has settled. */
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
