import { describe, expect, it } from '@jest/globals';
import { Lane, share } from '../../src/consumer/lane.ts';

function record(offset: number, bytes = 10) {
  return { offset: BigInt(offset), timestamp: 0, key: null, value: Buffer.alloc(bytes), headers: {} };
}

function laneOf(partition: number, waiting: number): Lane {
  const lane = new Lane('t', partition, 0n);
  lane.push(Array.from({ length: waiting }, (_, offset) => record(offset)));
  return lane;
}

describe('a lane', () => {
  it('leaves out what was applied before', () => {
    const lane = new Lane('t', 0, 5n);
    lane.push([record(3), record(4), record(5), record(7)]);
    expect(lane.peek(10).map((entry) => entry.record.offset)).toEqual([5n, 7n]);
  });

  it('keeps records until they are dropped', () => {
    const lane = laneOf(0, 3);
    expect(lane.peek(2)).toHaveLength(2);
    lane.drop(2);
    expect(lane.peek(2).map((entry) => entry.record.offset)).toEqual([2n]);
  });

  it('pauses once when it is full by count, and resumes once at half of it', () => {
    const lane = laneOf(0, 4_001);
    expect(lane.turnOfTide()).toBe('pause');
    expect(lane.turnOfTide()).toBeUndefined();
    lane.drop(2_000);
    expect(lane.turnOfTide()).toBeUndefined();
    lane.drop(1);
    expect(lane.turnOfTide()).toBe('resume');
    expect(lane.turnOfTide()).toBeUndefined();
  });

  it('pauses when it is full by bytes', () => {
    const lane = new Lane('t', 0, 0n);
    lane.push([record(0, 5_000_000), record(1, 5_000_000)]);
    expect(lane.turnOfTide()).toBe('pause');
  });
});

describe('a batch', () => {
  const sizes = (most: number, ...waiting: number[]) =>
    share(
      waiting.map((count, partition) => laneOf(partition, count)),
      most,
    )
      .sort((a, b) => a.lane.partition - b.lane.partition)
      .map(({ lane, entries }) => [lane.partition, entries.length]);

  it('is an equal share of each lane that has something waiting', () => {
    expect(sizes(9, 100, 0, 100, 100)).toEqual([
      [0, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('gives the others what a short lane does not use', () => {
    expect(sizes(10, 2, 100)).toEqual([
      [0, 2],
      [1, 8],
    ]);
  });

  it('is bounded by bytes too, with one record of a lane at least', () => {
    const lane = new Lane('t', 0, 0n);
    lane.push([record(0, 9_000_000), record(1, 5_000_000), record(2, 5_000_000)]);
    const offsets = () => share([lane], 1_000).flatMap(({ entries }) => entries.map((entry) => entry.record.offset));
    expect(offsets()).toEqual([0n]);
    lane.drop(1);
    expect(offsets()).toEqual([1n]);
  });

  it('is never waited for', () => {
    expect(sizes(1_000, 1, 0)).toEqual([[0, 1]]);
    expect(sizes(1_000, 0, 0)).toEqual([]);
  });
});
