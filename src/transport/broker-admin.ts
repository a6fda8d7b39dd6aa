import type { ConsumedRecord, RecordHeaders } from '../../generated/contract/record.js';
import type { Assignment, Broker, BrokerRecord } from './broker.ts';
import type { Compression } from './compression.ts';

/** The port to the broker for operators: topics, committed offsets, and records that are read and sent one by one. */
export interface BrokerAdmin extends Pick<Broker, 'missingTopics' | 'bounds' | 'committed'> {
  /** Returns how many brokers the cluster has. */
  brokerCount(): Promise<number>;
  /** Describes topics that exist, by name. */
  describeTopics(names: readonly string[]): Promise<Map<string, TopicDescription>>;
  /** Creates topics. Rejects with an error that names each topic that the broker refused, and why. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Sets the offset that a group without members has committed for a partition. */
  setCommitted(groupId: string, partition: Assignment, offset: bigint): Promise<void>;
  /**
   * Reads the records that a topic has now, each partition in order. Leaves out a batch that cannot be read, and reports it in
   * a line. Rejects if no record comes for 30 s before the end is read.
   */
  readToEnd(topic: string, take: (record: TopicRecord) => void, report: (line: string) => void): Promise<void>;
  /** Returns the partition of a key, as Kafka's default partitioner chooses it. */
  partitionOf(key: Buffer, partitionCount: number): number;
  openSender(compression: Compression): Promise<RecordSender>;
}

/** A record with its topic and partition. */
export interface TopicRecord extends Assignment, BrokerRecord {
  readonly headers: RecordHeaders;
}

export interface TopicDescription {
  readonly partitions: number;
  /** The lowest number of replicas that a partition of the topic has. */
  readonly replicationFactor: number;
  /** By Kafka's names. */
  readonly settings: ReadonlyMap<string, TopicSetting>;
}

export interface TopicSetting {
  readonly value: string;
  /** Whether the topic itself has the setting, and not a default of the broker. */
  readonly isOwn: boolean;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** By Kafka's names. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A record for a given partition, with its timestamp. */
export interface AddressedRecord extends Assignment, ConsumedRecord {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** Sends records one by one, each once. */
export interface RecordSender {
  /**
   * Resolves when the broker has acked the record: with its offset, or undefined if the ack has none. Rejects with a
   * PublishError.
   */
  send(record: AddressedRecord): Promise<bigint | undefined>;
  close(): Promise<void>;
}
