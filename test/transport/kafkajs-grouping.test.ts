import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { groupMessagesPerPartition } from '../../src/transport/kafkajs-grouping.ts';

const partitioner = ({ message }: { message: number }) => message % 3;

describe('the grouping of a send', () => {
  it('keeps the order within each partition', () => {
    const grouping = { topic: 't', partitionMetadata: [0, 1, 2], messages: [5, 1, 3, 4, 6], partitioner };
    expect(groupMessagesPerPartition(grouping)).toEqual({ 0: [3, 6], 1: [1, 4], 2: [5] });
  });

  it('is empty for a topic without partitions', () => {
    expect(groupMessagesPerPartition({ topic: 't', partitionMetadata: [], messages: [1], partitioner })).toEqual({});
  });

  it('replaces the grouping of kafkajs', () => {
    const used: unknown = createRequire(import.meta.url)('kafkajs/src/producer/groupMessagesPerPartition');
    expect(used).toBe(groupMessagesPerPartition);
  });
});
