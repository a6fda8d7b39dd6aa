/** Replaces how a member of a kafkajs group fetches: one delayed or moved partition must not cost it its group membership. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionKey } from '../keys.ts';
import { FetchedBatch } from './kafkajs-fetch.ts';
import type { PartitionData } from './kafkajs-fetch.ts';
import { replaceModule } from './kafkajs-replace.ts';

/** A member learns of a rebalance by its next heartbeat, and all members wait for the last one. */
const MAX_HEARTBEAT_INTERVAL_MS = 3_000;

/** Returns the heartbeat interval of a member with this session timeout. */
export function heartbeatIntervalMs(sessionTimeoutMs: number): number {
  return Math.min(sessionTimeoutMs / 3, MAX_HEARTBEAT_INTERVAL_MS);
}

/** Another broker leads the partition, or will: newer metadata names it. */
const MOVED = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
]);
/** A broker cannot be reached, or does not answer. */
const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
]);

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

interface FetchRequest {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly fetchOffset: string;
    readonly maxBytes: number;
  }[];
}

interface FetchResponse {
  /** Milliseconds for which the broker throttles fetches; undefined before version 8 of the protocol. */
  readonly clientSideThrottleTime?: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly (PartitionData & { readonly errorCode: number })[];
  }[];
}

interface ProtocolError extends Error {
  readonly type?: string;
}

/** The members of kafkajs' ConsumerGroup that fetching uses. */
export interface GroupMember {
  readonly sessionTimeout: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
  readonly isolationLevel: number;
  readonly rackId: string;
  readonly cluster: {
    readonly brokerPool: { readonly metadata: object | null; metadataExpireAt: number | null };
    getNodeIds(): readonly string[];
    refreshMetadataIfNecessary(): Promise<void>;
    findBroker(which: { readonly nodeId: string }): Promise<{ fetch(request: object): Promise<FetchResponse> }>;
  };
  readonly subscriptionState: {
    assigned(): readonly TopicPartitions[];
    isPaused(topic: string, partition: number): boolean;
  };
  readonly seekOffset: { has(topic: string, partition: number): boolean };
  readonly offsetManager: {
    committedOffsets(): Readonly<Record<string, Readonly<Record<number, string | null | undefined>>>>;
    nextOffset(topic: string, partition: number): { toString(): string };
  };
  checkForStaleAssignment(): void;
  filterPartitionsByNode(nodeId: string, assigned: readonly TopicPartitions[]): readonly TopicPartitions[];
  seekOffsets(partitions: readonly TopicPartitions[]): Promise<void>;
  heartbeat(options: { readonly interval: number }): Promise<void>;
  recoverFromFetch(error: unknown): Promise<void>;
  recoverFromOffsetOutOfRange(partition: { readonly topic: string; readonly partition: number }): Promise<void>;
}

const require = createRequire(import.meta.url);
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): ProtocolError;
};

/** Each broker throttles fetches until this time, by `performance.now()`. */
const throttledUntil = new WeakMap<GroupMember, Map<string, number>>();

/**
 * Fetches from one broker. kafkajs 2.2.4 fails the whole fetch, and rejoins its group, for one partition whose leader has
 * moved: the data of the others is read again, and all members stop. It also waits without a heartbeat while the broker
 * throttles it, which may be for minutes, and stops fetching from every broker if one is away.
 */
export async function fetchFrom(this: GroupMember, nodeId: string): Promise<readonly FetchedBatch[]> {
  try {
    await refreshMetadata(this);
    this.checkForStaleAssignment();
    const partitions = this.filterPartitionsByNode(nodeId, this.subscriptionState.assigned());
    await this.seekOffsets(partitions);
    const topics = requestsFor(this, partitions);
    // The caller sends a heartbeat if this returns nothing, and calls again.
    if (topics.length === 0 || isThrottled(this, nodeId)) return await nothing(this);
    const { maxWaitTime, minBytes, maxBytes, isolationLevel, rackId } = this;
    const broker = await this.cluster.findBroker({ nodeId });
    const request = { maxWaitTime, minBytes, maxBytes, isolationLevel, rackId, topics };
    const response = await withHeartbeats(this, broker.fetch(request));
    noteThrottle(this, nodeId, response.clientSideThrottleTime ?? 0);
    return await batchesOf(this, topics, response);
  } catch (error) {
    const { name, type = '' } = error as ProtocolError;
    const isOneOfSeveral = UNREACHABLE.has(name) && this.cluster.getNodeIds().length > 1;
    if (!isOneOfSeveral && !MOVED.has(type)) {
      await this.recoverFromFetch(error);
      return [];
    }
    expireMetadata(this);
    return nothing(this);
  }
}

/** The broker returns no metadata while one partition has no leader: the others are read with the old metadata. */
async function refreshMetadata({ cluster }: GroupMember): Promise<void> {
  try {
    await cluster.refreshMetadataIfNecessary();
  } catch (error) {
    if (!MOVED.has((error as ProtocolError).type ?? '') || cluster.brokerPool.metadata === null) throw error;
  }
}

async function nothing({ maxWaitTime }: GroupMember): Promise<readonly FetchedBatch[]> {
  await sleep(maxWaitTime);
  return [];
}

function requestsFor(member: GroupMember, partitions: readonly TopicPartitions[]): readonly FetchRequest[] {
  const { offsetManager, subscriptionState, maxBytesPerPartition: maxBytes } = member;
  const known = offsetManager.committedOffsets();
  return partitions
    .map(({ topic, partitions: numbers }) => ({
      topic,
      partitions: numbers
        .filter((partition) => known[topic]?.[partition] != null && !subscriptionState.isPaused(topic, partition))
        .map((partition) => ({
          partition,
          fetchOffset: offsetManager.nextOffset(topic, partition).toString(),
          maxBytes,
        })),
    }))
    .filter((request) => request.partitions.length > 0);
}

/** Keeps the member in its group while the broker is slow. @throws the error of a heartbeat: a rebalance, above all. */
async function withHeartbeats<Result>(member: GroupMember, work: Promise<Result>): Promise<Result> {
  const interval = heartbeatIntervalMs(member.sessionTimeout);
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      member.heartbeat({ interval }).catch(reject);
    }, interval);
  });
  try {
    return await Promise.race([work, failed]);
  } finally {
    clearInterval(timer);
  }
}

function isThrottled(member: GroupMember, nodeId: string): boolean {
  return (throttledUntil.get(member)?.get(nodeId) ?? 0) > performance.now();
}

function noteThrottle(member: GroupMember, nodeId: string, throttledMs: number): void {
  const byNode = throttledUntil.get(member) ?? new Map<string, number>();
  throttledUntil.set(member, byNode.set(nodeId, performance.now() + throttledMs));
}

async function batchesOf(
  member: GroupMember,
  requests: readonly FetchRequest[],
  { responses }: FetchResponse,
): Promise<readonly FetchedBatch[]> {
  const batches: FetchedBatch[] = [];
  let hasMoved = false;
  for (const { topicName: topic, partitions } of responses) {
    const asked = requests.find((request) => request.topic === topic)?.partitions;
    for (const data of partitions) {
      const { partition, errorCode } = data;
      if (errorCode !== 0) {
        const error = createErrorFromCode(errorCode);
        if (error.type === 'OFFSET_OUT_OF_RANGE') await member.recoverFromOffsetOutOfRange({ topic, partition });
        else if (MOVED.has(error.type ?? '')) hasMoved = true;
        else throw Object.assign(error, { topic });
        continue;
      }
      if (member.seekOffset.has(topic, partition) || member.subscriptionState.isPaused(topic, partition)) continue;
      const offset = asked?.find((one) => one.partition === partition)?.fetchOffset;
      if (offset === undefined) throw new Error(`the broker sent ${partitionKey({ topic, partition })} unasked`);
      batches.push(new FetchedBatch(topic, offset, data));
    }
  }
  if (hasMoved) {
    expireMetadata(member);
    // The broker answers at once if it does not lead a partition: without a pause this would be asked in a loop.
    if (batches.every((batch) => batch.isEmpty())) return nothing(member);
  }
  return batches;
}

/** Makes the next fetch request metadata first. */
function expireMetadata({ cluster }: GroupMember): void {
  cluster.brokerPool.metadataExpireAt = null;
}

/** Passes on the errors of partitions with the data of the others; kafkajs throws the first one. */
export function parseFetchResponse<Response>(response: Response): Promise<Response> {
  return Promise.resolve(response);
}

const v1 = require('kafkajs/src/protocol/requests/fetch/v1/response') as object;
replaceModule('protocol/requests/fetch/v1/response.js', { ...v1, parse: parseFetchResponse });

const { prototype } = require('kafkajs/src/consumer/consumerGroup') as { prototype: { fetch: typeof fetchFrom } };
prototype.fetch = fetchFrom;
