/** Runs kafkajs' own code for a send that one of two brokers refuses. */
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { PRODUCER_RETRY } from '../../src/transport/kafkajs-producer.ts';

const require = createRequire(import.meta.url);
const createSend = require('kafkajs/src/producer/sendMessages') as (
  parts: object,
) => (what: object) => Promise<unknown>;
const createRetry = require('kafkajs/src/retry') as (options: object) => unknown;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode(code: number): Error };

const NOT_LEADER = 6;

interface Produced {
  readonly topicData: readonly {
    readonly partitions: readonly { partition: string; messages: readonly unknown[] }[];
  }[];
}

/** Sends one record to each of two partitions; the leader of the second has just moved to the broker of the first. */
async function send(retry: object) {
  const leaders = [1, 1];
  let cachedLeaders = [1, 2];
  const appended: number[] = [];
  const broker = (nodeId: number) => ({
    nodeId,
    produce({ topicData }: Produced) {
      const partitions = topicData.flatMap((topic) => topic.partitions.map(({ partition }) => Number(partition)));
      if (partitions.some((partition) => leaders[partition] !== nodeId)) throw createErrorFromCode(NOT_LEADER);
      appended.push(...partitions);
      const answer = partitions.map((partition) => ({ partition, errorCode: 0 }));
      return Promise.resolve({ topics: [{ topicName: 't', partitions: answer }] });
    },
  });
  const brokers = new Map(['1', '2'].map((nodeId) => [nodeId, broker(Number(nodeId))]));
  const noop = () => undefined;
  const cluster = {
    targetTopics: new Set(),
    addMultipleTargetTopics: noop,
    refreshMetadataIfNecessary: noop,
    refreshMetadata: () => (cachedLeaders = leaders),
    isConnected: () => true,
    findTopicPartitionMetadata: () => cachedLeaders.map((leader, partitionId) => ({ partitionId, leader })),
    findLeaderForPartitions: (_topic: string, partitions: readonly number[]) =>
      Object.groupBy(partitions, (partition) => String(cachedLeaders[partition])),
    findBroker: ({ nodeId }: { nodeId: string }) => Promise.resolve(brokers.get(nodeId)),
  };
  const eosManager = {
    acquireBrokerLock: noop,
    releaseBrokerLock: noop,
    isTransactional: () => false,
    getSequence: () => 0,
    updateSequence: noop,
    getProducerId: () => -1,
    getProducerEpoch: () => 0,
    getTransactionalId: noop,
  };
  const produce = createSend({
    logger: { debug: noop, error: noop },
    cluster,
    eosManager,
    partitioner: ({ message }: { message: { value: string } }) => Number(message.value),
    retrier: createRetry({ initialRetryTime: 1, maxRetryTime: 1, factor: 0, multiplier: 1, ...retry }),
  });
  const topicMessages = [{ topic: 't', messages: ['0', '1'].map((value) => ({ key: null, value })) }];
  const acked = await produce({ acks: -1, timeout: 1_000, topicMessages }).then(
    () => true,
    () => false,
  );
  return { acked, appended };
}

it('with the settings of the service, does not ack a send of which the broker appended only a part', async () => {
  expect(await send(PRODUCER_RETRY)).toEqual({ acked: false, appended: [0] });
});

it('with retries of kafkajs, acks a send although a record is missing', async () => {
  expect(await send({ retries: 2 })).toEqual({ acked: true, appended: [0] });
});
